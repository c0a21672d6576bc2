package org.sbertspark.job;

import java.util.Optional;
import org.apache.spark.SparkContext;
import org.sbertspark.ml.ExecutorCores;

/**
 * What Spark runs at once in one JVM.
 *
 * @param cores of an executor for tasks; empty where it takes all that its worker has
 */
record Slots(Optional<Integer> cores, int taskCpus) {
  static Slots of(SparkContext spark) {
    return new Slots(ExecutorCores.of(spark), taskCpus(spark));
  }

  /** How many tasks run at once in all executors together, as Spark expects it. */
  static int inAll(SparkContext spark) {
    return Math.max(1, spark.defaultParallelism() / taskCpus(spark));
  }

  private static int taskCpus(SparkContext spark) {
    return spark.getConf().getInt("spark.task.cpus", 1);
  }

  int tasksAtOnce() {
    return cores.map(count -> Math.max(1, count / taskCpus)).orElse(1);
  }
}
