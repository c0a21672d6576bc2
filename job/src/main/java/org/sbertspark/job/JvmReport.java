package org.sbertspark.job;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sbertspark.inference.CacheFolder;

/**
 * What a JVM, driver or executor, sees of its machine.
 *
 * @param javaVersion the feature release, such as 17
 * @param platform operating system and architecture as the natives name them: linux-x86_64
 * @param processors that the JVM may use; in a container its share
 * @param heapBytes the largest that the heap may get
 * @param memoryBytes of the machine or the container
 * @param ompThreads the environment variable OMP_NUM_THREADS; null if it is not set
 * @param cache the cache folder
 */
record JvmReport(
    int javaVersion,
    String javaVendor,
    String platform,
    Libc libc,
    int processors,
    long heapBytes,
    long memoryBytes,
    String ompThreads,
    Cache cache)
    implements Serializable {

  /**
   * A folder that should be writable.
   *
   * @param problem why it cannot be written; null if it can
   * @param freeBytes on its disk; 0 if there is a problem
   */
  record Cache(String folder, String problem, long freeBytes) implements Serializable {}

  /** Of the JVM that calls. */
  static JvmReport here() {
    String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    return new JvmReport(
        Runtime.version().feature(),
        System.getProperty("java.vendor"),
        platform,
        platform.startsWith("linux") ? Libc.here() : new Libc(Libc.Kind.UNKNOWN, 0, 0),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize(),
        System.getenv("OMP_NUM_THREADS"),
        cacheHere());
  }

  /** The name that natives have for what Java calls it. */
  static String platform(String osName, String osArch) {
    String os = osName.startsWith("Mac") ? "osx" : osName.startsWith("Win") ? "win" : "linux";
    return os + "-" + (osArch.equals("amd64") ? "x86_64" : osArch);
  }

  private static Cache cacheHere() {
    Path folder;
    try {
      folder = CacheFolder.get();
    } catch (IllegalArgumentException e) {
      return new Cache("", e.getMessage(), 0);
    }
    try {
      Files.delete(Files.createTempFile(folder, ".doctor", null));
      return new Cache(folder.toString(), null, Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      return new Cache(folder.toString(), "it cannot be written (%s)".formatted(e), 0);
    }
  }
}
