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
    return new Slots(ExecutorCores.of(spark), spark.getConf().getInt("spark.task.cpus", 1));
  }

  /** How many tasks run at once in all executors together, as Spark expects it. */
  static int inAll(SparkContext spark) {
    int parallelism = spark.defaultParallelism();
    // If it is set, it is a number of tasks, else one of cores.
    return spark.getConf().contains("spark.default.parallelism")
        ? parallelism
        : of(spark).inAll(parallelism);
  }

  /**
   * How many tasks run at once in executors like this one.
   *
   * @param allCores of the executors together
   */
  int inAll(int allCores) {
    int executors = Math.max(1, allCores / cores.orElse(allCores));
    return executors * Math.max(1, cores.orElse(allCores) / taskCpus);
  }

  int tasksAtOnce() {
    return cores.map(count -> Math.max(1, count / taskCpus)).orElse(1);
  }
}
