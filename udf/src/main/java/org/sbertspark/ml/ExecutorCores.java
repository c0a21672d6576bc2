package org.sbertspark.ml;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** The cores that Spark gives an executor for its tasks. */
public final class ExecutorCores {
  private static final String CORES = "spark.executor.cores";

  private ExecutorCores() {}

  /** Empty where an executor takes all that its worker has. */
  public static Optional<Integer> of(SparkContext spark) {
    return spark.isLocal() ? Optional.of(spark.defaultParallelism()) : of(spark.getConf());
  }

  /** Of an executor in a JVM of its own. */
  static Optional<Integer> of(SparkConf conf) {
    return conf.contains(CORES) ? Optional.of(conf.getInt(CORES, 1)) : Optional.empty();
  }
}
