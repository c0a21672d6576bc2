package org.sbertspark.ml;

import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** The cores that Spark gives an executor for its tasks. */
final class ExecutorCores {
  private static final String CORES = "spark.executor.cores";

  private ExecutorCores() {}

  /** Empty where an executor takes all that its worker has. */
  static OptionalInt of(SparkContext spark) {
    return spark.isLocal() ? OptionalInt.of(spark.defaultParallelism()) : of(spark.getConf());
  }

  /** Of an executor in a JVM of its own. */
  static OptionalInt of(SparkConf conf) {
    return conf.contains(CORES) ? OptionalInt.of(conf.getInt(CORES, 1)) : OptionalInt.empty();
  }
}
