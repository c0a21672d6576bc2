package org.sbertspark.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Instructions of a CPU, as far as its operating system tells.
 *
 * @param flags by the names that Linux gives them; empty where nothing tells
 */
public record CpuFeatures(Set<String> flags) {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** x86's AVX-512 and AMX extensions and ARM's. */
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  /** Without the last two oneDNN uses its kernels for AVX2. */
  private static final Set<String> AVX512 = Set.of("avx512f", "avx512bw", "avx512vl");

  private static final CpuFeatures HERE = ofThisMachine();

  public CpuFeatures {
    flags = Set.copyOf(flags);
  }

  /** Of this machine. */
  public static CpuFeatures here() {
    return HERE;
  }

  private static CpuFeatures ofThisMachine() {
    try {
      return of(Files.isReadable(CPUINFO) ? Files.readAllLines(CPUINFO) : List.of());
    } catch (IOException e) {
      return of(List.of());
    }
  }

  /**
   * As Linux describes CPUs.
   *
   * @param cpuinfo the lines of {@code /proc/cpuinfo}
   */
  static CpuFeatures of(List<String> cpuinfo) {
    return new CpuFeatures(
        cpuinfo.stream()
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .flatMap(
                line ->
                    List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")).stream())
            .collect(Collectors.toSet()));
  }

  /** Whether the CPU multiplies bfloat16 itself. */
  public boolean multipliesBfloat16() {
    return !Collections.disjoint(flags, BFLOAT16);
  }

  /** Whether oneDNN has kernels for 512-bit registers on the CPU. */
  boolean hasAvx512() {
    return flags.containsAll(AVX512);
  }
}
