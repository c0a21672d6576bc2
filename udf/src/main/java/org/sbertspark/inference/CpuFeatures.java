package org.sbertspark.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Instructions of this machine's CPU, as far as its operating system tells. */
final class CpuFeatures {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** x86's AVX-512 and AMX extensions and ARM's. */
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  private CpuFeatures() {}

  /** Whether this CPU multiplies bfloat16 itself; false where nothing tells. */
  static boolean multipliesBfloat16() {
    try {
      return Files.isReadable(CPUINFO) && multipliesBfloat16(Files.readAllLines(CPUINFO));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * As Linux describes CPUs.
   *
   * @param cpuinfo the lines of {@code /proc/cpuinfo}
   */
  static boolean multipliesBfloat16(List<String> cpuinfo) {
    return cpuinfo.stream()
        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
        .flatMap(
            line -> List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")).stream())
        .anyMatch(BFLOAT16::contains);
  }
}
