package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sbertspark.job.Check.Level.FAIL;
import static org.sbertspark.job.Check.Level.OK;
import static org.sbertspark.job.Check.Level.WARN;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.sbertspark.inference.VisibleGpus;
import org.sbertspark.job.JvmReport.Cache;
import org.sbertspark.job.Libc.Kind;

class HealthChecksTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final String LINUX = "linux-x86_64";

  /** all-mpnet-base-v2 has this many. */
  private static final long PARAMETERS = 109_486_464;

  @Test
  void java17And21AreFineAndWhatSparkDoesNotRunWithFails() {
    assertThat(HealthChecks.java(17, "V").level()).isEqualTo(OK);
    assertThat(HealthChecks.java(21, "V").level()).isEqualTo(OK);
    assertThat(HealthChecks.java(22, "V").level()).isEqualTo(WARN);
    assertThat(HealthChecks.java(25, "V").level()).isEqualTo(FAIL);
  }

  @Test
  void anotherSparkReleaseFailsAnotherPatchDoesNot() {
    assertThat(HealthChecks.spark("3.5.9", "3.5.9").level()).isEqualTo(OK);
    assertThat(HealthChecks.spark("3.5.1", "3.5.9"))
        .isEqualTo(Check.ok("Spark", "3.5.1, this jar was built for 3.5.9"));
    assertThat(HealthChecks.spark("4.0.0", "3.5.9").toString())
        .isEqualTo("FAIL  Spark: 4.0.0, this jar was built for 3.5.9  -> use a Spark 3.5");
  }

  @Test
  void anotherScalaFails() {
    assertThat(HealthChecks.scala("2.12.18", "2.12").level()).isEqualTo(OK);
    assertThat(HealthChecks.scala("2.13.8", "2.12").level()).isEqualTo(FAIL);
  }

  @Test
  void nativesOfAnotherPlatformFail() {
    String natives = "pytorch-native-cpu-linux-x86_64";
    assertThat(HealthChecks.platform(JvmReport.platform("Linux", "amd64"), natives).level())
        .isEqualTo(OK);
    assertThat(HealthChecks.platform(JvmReport.platform("Mac OS X", "aarch64"), natives).toString())
        .contains("osx-aarch64, the jar has " + natives)
        .endsWith("mvn -P osx-aarch64 package");
  }

  @Test
  void anOldGlibcAndMuslFail() {
    assertThat(HealthChecks.libc(new Libc(Kind.GLIBC, 2, 34), LINUX).level()).isEqualTo(OK);
    assertThat(HealthChecks.libc(new Libc(Kind.GLIBC, 2, 31), LINUX).toString())
        .startsWith("FAIL  libc: glibc 2.31, glibc 2.34 or newer is needed  -> ");
    assertThat(HealthChecks.libc(new Libc(Kind.MUSL, 1, 2), LINUX).toString())
        .startsWith("FAIL  libc: musl 1.2")
        .contains("Alpine");
    assertThat(HealthChecks.libc(new Libc(Kind.UNKNOWN, 0, 0), LINUX).level()).isEqualTo(WARN);
    assertThat(HealthChecks.libc(new Libc(Kind.UNKNOWN, 0, 0), "osx-aarch64").level())
        .isEqualTo(OK);
  }

  @Test
  void aCacheNeedsToBeWritableAndToHoldTheModel() {
    assertThat(HealthChecks.cache(new Cache("/c", "it cannot be written", 0), 0).toString())
        .isEqualTo(
            "FAIL  cache: /c: it cannot be written  -> set SBERT_SPARK_CACHE to a local folder with"
                + " room, on every machine");
    assertThat(HealthChecks.cache(new Cache("/c", null, GIB), 0).level()).isEqualTo(OK);
    assertThat(HealthChecks.cache(new Cache("/c", null, GIB), PARAMETERS).level()).isEqualTo(WARN);
  }

  @Test
  void memoryIsHeapAndWhatTheModelTakesOutsideOfIt() {
    long needed = HealthChecks.nativeBytes(PARAMETERS, 768, 512, 4);
    assertThat(needed).isEqualTo(600 * MIB + 4 * PARAMETERS + 4 * (50 + 24) * MIB);
    assertThat(HealthChecks.nativeBytes(PARAMETERS, 768, 16_384, 4) - needed)
        .as("more tokens in a forward pass")
        .isEqualTo(4 * 31 * 24 * MIB);

    assertThat(memory(2 * GIB, 8 * GIB, needed).level()).isEqualTo(OK);
    assertThat(memory(7 * GIB, 8 * GIB, needed).toString()).endsWith("-> lower --driver-memory");
    assertThat(memory(GIB / 4, 8 * GIB, needed).toString()).contains("raise --driver-memory");
    assertThat(memory(GIB, GIB, needed).level()).isEqualTo(FAIL);
  }

  private static Check memory(long heapBytes, long memoryBytes, long nativeBytes) {
    return HealthChecks.memory(
        jvm(4, heapBytes, memoryBytes, null), nativeBytes, "--driver-memory");
  }

  @Test
  void anOverheadThatIsTooSmallNamesTheOneThatIsEnough() {
    assertThat(HealthChecks.overhead(GIB, GIB).level()).isEqualTo(OK);
    assertThat(HealthChecks.overhead(384 * MIB, GIB + 1).toString())
        .endsWith("-> --conf spark.executor.memoryOverhead=1025m");
  }

  @Test
  void moreThreadsThanProcessorsAreWarnedOf() {
    assertThat(HealthChecks.threads(jvm(4, null), Optional.of(4), 2))
        .isEqualTo(Check.ok("threads", "4 processors, 2 tasks at once with 2 threads each"));
    assertThat(HealthChecks.threads(jvm(4, null), Optional.of(8), 1).level()).isEqualTo(WARN);
    assertThat(HealthChecks.threads(jvm(4, null), Optional.empty(), 1).level()).isEqualTo(OK);
  }

  @Test
  void ompThreadsShouldBeThoseOfATask() {
    assertThat(HealthChecks.threads(jvm(4, "1"), Optional.of(4), 1).level()).isEqualTo(OK);
    assertThat(HealthChecks.threads(jvm(4, "8"), Optional.of(4), 1).toString())
        .contains("OMP_NUM_THREADS is 8")
        .endsWith("set it to spark.task.cpus (1)");
  }

  @Test
  void aModelThatDoesNotWorkFails() {
    ExecutorReport well = report(1234, null);
    assertThat(HealthChecks.model("m", well).toString())
        .isEqualTo("ok    self-test: m gives its golden vectors, loaded in 1,234 ms");
    ExecutorReport ill = report(0, "Cannot load");
    assertThat(HealthChecks.model("m", ill).failed()).isTrue();
  }

  private static ExecutorReport report(long loadMillis, String failure) {
    VisibleGpus none = new VisibleGpus(false, 0, true);
    return new ExecutorReport("a:1", "a", "1", jvm(4, null), none, List.of(), loadMillis, failure);
  }

  @Test
  void anAssignedGpuThatLibtorchDoesNotSeeFails() {
    assertThat(HealthChecks.gpu(new VisibleGpus(false, 0, true), List.of("2")).toString())
        .startsWith("FAIL  GPU: Spark has assigned 2 to a task, libtorch sees 0 GPUs")
        .contains("PYTORCH_LIBRARY_PATH");
    assertThat(HealthChecks.gpu(new VisibleGpus(true, 4, true), List.of("2")).level())
        .isEqualTo(OK);
  }

  @Test
  void gpusThatNoTaskIsGivenAreWorthAWord() {
    assertThat(HealthChecks.gpu(new VisibleGpus(true, 4, true), List.of()).toString())
        .contains("Spark assigns none to tasks, libtorch sees 4 GPUs")
        .contains("spark.task.resource.gpu.amount");
    assertThat(HealthChecks.gpu(new VisibleGpus(false, 0, true), List.of()).level()).isEqualTo(OK);
  }

  private static JvmReport jvm(int processors, String ompThreads) {
    return jvm(processors, GIB, 8 * GIB, ompThreads);
  }

  private static JvmReport jvm(
      int processors, long heapBytes, long memoryBytes, String ompThreads) {
    return new JvmReport(
        17,
        "V",
        LINUX,
        new Libc(Kind.GLIBC, 2, 36),
        processors,
        heapBytes,
        memoryBytes,
        ompThreads,
        new Cache("/c", null, 8 * GIB));
  }
}
