package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.ml.DriverModels;
import org.sbertspark.ml.ModelProbe;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class DoctorCommandTest {

  @Test
  void aHealthyMachineIsReady() {
    CommandRun doctor = CommandRun.of("doctor", "--model", CommandRun.MODEL);
    assertThat(doctor.out())
        .contains("ok    Java: ")
        .contains("ok    Spark: ")
        .contains("ok    self-test: " + Golden.ROBERTA + " gives its golden vectors")
        .doesNotContain("FAIL")
        .containsPattern("(?m)^Ready");
    assertThat(doctor.err()).isEmpty();
    assertThat(doctor.code()).isZero();
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @Test
  void withoutAModelTheDemoModelIsTried() {
    CommandRun doctor = CommandRun.of("doctor");
    assertThat(doctor.out()).contains("ok    self-test: demo-model gives its golden vectors");
    assertThat(doctor.code()).isZero();
  }

  @Test
  void aModelThatIsNoneFails(@TempDir Path folder) {
    CommandRun doctor = CommandRun.of("doctor", "--model", folder.toString());
    assertThat(doctor.out())
        .containsPattern("(?m)^FAIL  model: .*" + folder.getFileName() + ".*->")
        .contains("Not ready: failed 1, ");
    assertThat(doctor.err()).isEmpty();
    assertThat(doctor.code()).isEqualTo(Main.FAILED);
  }

  @Test
  void everyExecutorAnswers() {
    var spark = SparkTestSession.get().sparkContext();
    ModelProbe probe = ModelProbe.ship(spark, DriverModels.resolve(CommandRun.MODEL));
    ExecutorReport.All all = ExecutorReport.ask(spark, probe);
    // In local mode the driver is the only one.
    assertThat(all.reports())
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.id()).isEqualTo("driver");
              assertThat(report.failure()).isNull();
              assertThat(report.jvm().processors()).isPositive();
            });
    assertThat(all.silent()).isEmpty();
  }
}
