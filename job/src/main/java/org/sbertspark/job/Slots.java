package org.sbertspark.job;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * What Spark runs at once in one JVM.
 *
 * @param cores of an executor for tasks; empty where it takes all that its worker has
 */
record Slots(Optional<Integer> cores, int taskCpus) {
  static Slots of(SparkContext spark) {
    SparkConf conf = spark.getConf();
    Optional<Integer> cores =
        spark.isLocal()
            ? Optional.of(spark.defaultParallelism())
            : conf.contains("spark.executor.cores")
                ? Optional.of(conf.getInt("spark.executor.cores", 1))
                : Optional.empty();
    return new Slots(cores, conf.getInt("spark.task.cpus", 1));
  }

  int tasksAtOnce() {
    return cores.map(count -> Math.max(1, count / taskCpus)).orElse(1);
  }
}
