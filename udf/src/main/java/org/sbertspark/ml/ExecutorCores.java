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
    return spark.isLocal() ? Optional.of(ofThisProcess(spark)) : of(spark.getConf());
  }

  /** The parallelism by default would do, but users set it. */
  private static int ofThisProcess(SparkContext spark) {
    int tasks =
        spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
    return Math.max(1, tasks) * spark.getConf().getInt("spark.task.cpus", 1);
  }

  /** Of an executor in a JVM of its own. */
  static Optional<Integer> of(SparkConf conf) {
    return conf.contains(CORES) ? Optional.of(conf.getInt(CORES, 1)) : Optional.empty();
  }
}
