package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** What a result was measured on, as far as Linux tells. */
final class Machine {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final Path STATUS = Path.of("/proc/self/status");

  private Machine() {}

  static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** The CPU's name and the vector instructions that matter. */
  static String cpu() throws IOException {
    String name = line(CPUINFO, "model name").orElse(System.getProperty("os.arch"));
    String flags = line(CPUINFO, "flags").orElse("");
    StringBuilder text = new StringBuilder(name);
    for (String flag : new String[] {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"}) {
      if ((flags + " ").contains(" " + flag + " ")) {
        text.append(", ").append(flag);
      }
    }
    return text.toString();
  }

  /** Of this process, since it started; 0 where nothing tells. */
  static double peakResidentGigabytes() throws IOException {
    return line(STATUS, "VmHWM")
            .map(value -> Long.parseLong(value.replaceAll("\\D", "")))
            .orElse(0L)
        * 1024
        / 1e9;
  }

  /** Of this process, now; 0 where nothing tells. */
  static double residentMegabytes() throws IOException {
    return line(STATUS, "VmRSS")
            .map(value -> Long.parseLong(value.replaceAll("\\D", "")))
            .orElse(0L)
        * 1024
        / 1e6;
  }

  private static Optional<String> line(Path file, String key) throws IOException {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    }
  }
}
