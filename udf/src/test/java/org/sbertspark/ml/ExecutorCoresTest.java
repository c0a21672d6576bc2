package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.sbertspark.testing.SparkTestSession;

class ExecutorCoresTest {
  @Test
  void oneProcessHasTheThreadsOfItsMaster() {
    assertThat(ExecutorCores.of(SparkTestSession.get().sparkContext())).hasValue(2);
  }

  @Test
  void executorHasWhatIsConfiguredOrAll() {
    SparkConf conf = new SparkConf(false);
    assertThat(ExecutorCores.of(conf)).isEmpty();
    assertThat(ExecutorCores.of(conf.set("spark.executor.cores", "3"))).hasValue(3);
  }
}
