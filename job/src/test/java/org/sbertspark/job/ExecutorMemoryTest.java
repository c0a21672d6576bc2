package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class ExecutorMemoryTest {
  private static final long MIB = 1 << 20;

  @Test
  void tooSmallAnOverheadIsToldWithTheSetting() {
    assertThat(told(new ExecutorMemory(1500 * MIB, Optional.of(384 * MIB))))
        .contains("warning: 384 MiB outside of an executor's heap, about 1.5 GiB are needed")
        .contains("--conf spark.executor.memoryOverhead=1500m");
  }

  @Test
  void whatIsExpectedIsToldWhereSomebodyCounts() {
    assertThat(told(new ExecutorMemory(1500 * MIB, Optional.of(2000 * MIB))))
        .isEqualToIgnoringNewLines(
            "sbert-spark: 2.0 GiB outside of an executor's heap, about 1.5 GiB are needed");
    assertThat(told(new ExecutorMemory(1500 * MIB, Optional.empty()))).isEmpty();
  }

  @Test
  void theOverheadIsThatOfSparksClusterManagers() {
    assertThat(overhead()).isEqualTo(384 * MIB);
    assertThat(overhead("spark.executor.memory", "10g")).isEqualTo(1024 * MIB);
    assertThat(overhead("spark.executor.memoryOverhead", "2g")).isEqualTo(2048 * MIB);
  }

  private static long overhead(String... setting) {
    SparkConf conf = new SparkConf(false);
    if (setting.length > 0) {
      conf.set(setting[0], setting[1]);
    }
    return ExecutorMemory.overheadBytes(conf);
  }

  private static String told(ExecutorMemory memory) {
    StringWriter err = new StringWriter();
    memory.tell(new PrintWriter(err, true));
    return err.toString();
  }
}
