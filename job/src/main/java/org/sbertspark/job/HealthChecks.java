package org.sbertspark.job;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sbertspark.inference.VisibleGpus;

/** Judges what the doctor finds. Pure: everything that is looked at comes as a parameter. */
final class HealthChecks {
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /** What libtorch takes before it knows a model. */
  private static final long LIBTORCH_BYTES = 600 * MIB;

  /** Of a task: its batches of token ids, its vectors, what the allocator keeps. */
  private static final long BYTES_PER_TASK = 50 * MIB;

  /**
   * Hidden states that a forward pass has at once: the layer's input, queries, keys and values, the
   * attention's output, and the intermediate, which is four times as wide, before and after its
   * activation.
   */
  private static final int HIDDEN_STATES = 16;

  /** Unpacked natives. */
  private static final long NATIVES_BYTES = 700 * MIB;

  /** The model in the cache: its bundle, and the archive that libtorch loads. */
  private static final int COPIES_IN_CACHE = 2;

  private static final long LEAST_HEAP_BYTES = 512 * MIB;

  /** The oldest glibc that the tokenizer's native for this platform runs with. */
  private static final String GLIBC_PLATFORM = "linux-x86_64";

  private static final int GLIBC_MAJOR = 2;
  private static final int GLIBC_MINOR = 34;

  private HealthChecks() {}

  static Check java(int version, String vendor) {
    String finding = "%d (%s)".formatted(version, vendor);
    if (version == 17 || version == 21) {
      return Check.ok("Java", finding);
    }
    String advice = "set JAVA_HOME to a JDK 17, on every machine";
    // Java 24 took away the security manager, which Hadoop's login still asks for.
    return version >= 24
        ? Check.fail("Java", finding + ", with which Spark 3.5 does not run", advice)
        : Check.warn("Java", finding + ", with which Spark 3.5 is not tested", advice);
  }

  static Check spark(String running, String built) {
    if (running.equals(built)) {
      return Check.ok("Spark", running);
    }
    String finding = "%s, this jar was built for %s".formatted(running, built);
    return release(running).equals(release(built))
        ? Check.ok("Spark", finding)
        : Check.fail("Spark", finding, "use a Spark " + release(built));
  }

  static Check scala(String running, String built) {
    return release(running).equals(built)
        ? Check.ok("Scala", running)
        : Check.fail(
            "Scala",
            "%s, this jar was built for %s".formatted(running, built),
            "use a build of Spark for Scala " + built);
  }

  /** "3.5" of "3.5.9". */
  private static String release(String version) {
    int end = version.indexOf('.', version.indexOf('.') + 1);
    return end < 0 ? version : version.substring(0, end);
  }

  /**
   * @param natives the artifact inside the jar, which ends with its platform
   */
  static Check platform(String platform, String natives) {
    return natives.endsWith(platform)
        ? Check.ok("platform", "%s, as the natives of the jar".formatted(platform))
        : Check.fail(
            "platform",
            "%s, the jar has %s".formatted(platform, natives),
            "build with the Maven profile of this platform, if there is one: mvn -P %s package"
                .formatted(platform));
  }

  static Check libc(Libc libc, String platform) {
    if (!platform.equals(GLIBC_PLATFORM)) {
      return Check.ok("libc", "of no concern on " + platform);
    }
    String needed = "glibc %d.%d or newer is needed".formatted(GLIBC_MAJOR, GLIBC_MINOR);
    String advice = "use a newer system or image: Debian 12, Ubuntu 22.04, RHEL 9 or newer";
    return switch (libc.kind()) {
      case GLIBC ->
          libc.isAtLeast(GLIBC_MAJOR, GLIBC_MINOR)
              ? Check.ok("libc", libc.toString())
              : Check.fail("libc", "%s, %s".formatted(libc, needed), advice);
      case MUSL ->
          Check.fail("libc", "%s, %s: Alpine's libc is another".formatted(libc, needed), advice);
      case UNKNOWN ->
          Check.warn("libc", "neither getconf nor ldd tell which, " + needed, "see the self-test");
    };
  }

  /**
   * @param parameters of the model; 0 if it is not known yet
   */
  static Check cache(JvmReport.Cache cache, long parameters) {
    String advice = "set SBERT_SPARK_CACHE to a local folder with room, on every machine";
    if (cache.problem() != null) {
      return Check.fail("cache", (cache.folder() + ": " + cache.problem()).strip(), advice);
    }
    long needed = NATIVES_BYTES + COPIES_IN_CACHE * Float.BYTES * parameters;
    String finding = "%s, %s free".formatted(cache.folder(), size(cache.freeBytes()));
    return cache.freeBytes() >= needed
        ? Check.ok("cache", finding)
        : Check.warn("cache", "%s, up to %s are needed".formatted(finding, size(needed)), advice);
  }

  /**
   * What a JVM needs outside of its heap to encode with a model; an estimate.
   *
   * @param parameters of the model; 0 if it is not known yet
   * @param hiddenSize length of a token's vector
   * @param tokens of a forward pass: the token budget, or the longest text if it is longer
   */
  static long nativeBytes(long parameters, int hiddenSize, long tokens, int tasksAtOnce) {
    long ofTask = BYTES_PER_TASK + HIDDEN_STATES * tokens * hiddenSize * Float.BYTES;
    return LIBTORCH_BYTES + Float.BYTES * parameters + ofTask * Math.max(1, tasksAtOnce);
  }

  /**
   * @param nativeBytes needed outside of the heap
   * @param heapOption of spark-submit
   */
  static Check memory(JvmReport jvm, long nativeBytes, String heapOption) {
    String finding =
        "heap up to %s, about %s outside of it, %s in the machine"
            .formatted(size(jvm.heapBytes()), size(nativeBytes), size(jvm.memoryBytes()));
    if (nativeBytes >= jvm.memoryBytes()) {
      return Check.fail("memory", finding, "use a machine with more memory or a smaller model");
    }
    if (jvm.heapBytes() + nativeBytes > jvm.memoryBytes()) {
      return Check.warn("memory", finding, "lower %s".formatted(heapOption));
    }
    return jvm.heapBytes() < LEAST_HEAP_BYTES
        ? Check.warn("memory", finding, "raise %s to 1g or more".formatted(heapOption))
        : Check.ok("memory", finding);
  }

  /**
   * What YARN and Kubernetes grant an executor outside of its heap; they kill one that takes more.
   *
   * @param nativeBytes needed there
   */
  static Check overhead(long overheadBytes, long nativeBytes) {
    String finding =
        "%s outside of an executor's heap, about %s are needed"
            .formatted(size(overheadBytes), size(nativeBytes));
    return overheadBytes >= nativeBytes
        ? Check.ok("memoryOverhead", finding)
        : Check.fail(
            "memoryOverhead",
            finding,
            "--conf spark.executor.memoryOverhead=%dm".formatted((nativeBytes + MIB - 1) / MIB));
  }

  /**
   * @param slots cores that Spark gives tasks in this JVM; empty if it does not say
   * @param taskCpus of them for a task, which is also its number of threads
   */
  static Check threads(JvmReport jvm, Optional<Integer> slots, int taskCpus) {
    String finding = "%d processors".formatted(jvm.processors());
    if (slots.isPresent()) {
      finding +=
          ", %d tasks at once with %d threads each"
              .formatted(Math.max(1, slots.get() / taskCpus), taskCpus);
    }
    if (slots.orElse(0) > jvm.processors()) {
      return Check.warn(
          "threads",
          finding,
          "give Spark no more cores than there are: threads would wait in turn");
    }
    if (jvm.ompThreads() != null && !jvm.ompThreads().strip().equals("" + taskCpus)) {
      return Check.warn(
          "threads",
          finding + ", OMP_NUM_THREADS is " + jvm.ompThreads(),
          "unset it, or set it to spark.task.cpus (%d)".formatted(taskCpus));
    }
    return Check.ok("threads", finding);
  }

  /**
   * @param seen by libtorch; null if it cannot be loaded
   * @param assigned addresses that Spark has given the task
   */
  static Check gpu(VisibleGpus seen, List<String> assigned) {
    String given =
        assigned.isEmpty()
            ? "Spark assigns none to tasks"
            : "Spark has assigned %s to a task".formatted(String.join(", ", assigned));
    if (seen == null) {
      return Check.warn("GPU", given + ", libtorch cannot be loaded", "see the self-test");
    }
    String finding = "%s, libtorch sees %s".formatted(given, seen);
    if (!assigned.isEmpty() && seen.count() == 0) {
      return Check.fail("GPU", finding, seen.advice());
    }
    return assigned.isEmpty() && seen.count() > 0
        ? Check.warn(
            "GPU",
            finding,
            "set spark.task.resource.gpu.amount and spark.executor.resource.gpu.amount, or with a"
                + " local master --device cuda")
        : Check.ok("GPU", finding);
  }

  static Check model(String name, ExecutorReport report) {
    return report.failure() == null
        ? Check.ok(
            "self-test",
            String.format(
                Locale.ROOT,
                "%s gives its golden vectors, loaded in %,d ms",
                name,
                report.loadMillis()))
        : Check.fail("self-test", report.failure(), "mend what this line says");
  }

  static String size(long bytes) {
    return bytes < GIB
        ? "%d MiB".formatted(bytes / MIB)
        : String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
  }
}
