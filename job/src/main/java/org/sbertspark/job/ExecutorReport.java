package org.sbertspark.job;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManagerId;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.inference.VisibleGpus;
import org.sbertspark.ml.ModelProbe;
import org.sbertspark.ml.TaskDevice;

/**
 * What an executor answers to the doctor.
 *
 * @param address host and port that tell it from all others
 * @param id Spark's name for it: a number, or "driver"
 * @param gpus that libtorch sees there; null if it cannot be loaded
 * @param assignedGpus addresses of those that Spark has assigned to the task
 * @param loadMillis how long the model took to load and encode; 0 if it failed
 * @param failure why the model does not work there; null if it does
 */
record ExecutorReport(
    String address,
    String host,
    String id,
    JvmReport jvm,
    VisibleGpus gpus,
    List<String> assignedGpus,
    long loadMillis,
    String failure)
    implements Serializable {

  /** Executors register one by one: those that were late are met in a later round. */
  private static final int ROUNDS = 5;

  private static final int TASKS_PER_CORE = 2;

  /** Of the JVM that calls, inside a Spark application. */
  static ExecutorReport here(ModelProbe probe) {
    long millis = 0;
    String failure = null;
    VisibleGpus gpus = null;
    try {
      gpus = TorchEngine.gpus();
      millis = probe.run();
    } catch (RuntimeException | LinkageError e) {
      failure = ErrorLine.of(e);
    }
    BlockManagerId id = SparkEnv.get().blockManager().blockManagerId();
    return new ExecutorReport(
        id.host() + ":" + id.port(),
        id.host(),
        SparkEnv.get().executorId(),
        JvmReport.here(),
        gpus,
        TaskDevice.assignedGpus(TaskContext.get()),
        millis,
        failure);
  }

  /**
   * The answers of all executors.
   *
   * @param reports in the order of their addresses
   * @param silent addresses of those that no task came to
   */
  record All(List<ExecutorReport> reports, Set<String> silent) {
    All {
      reports = List.copyOf(reports);
      silent = Set.copyOf(silent);
    }
  }

  /** Asks every executor that the application has by the end of the last round. */
  static All ask(SparkContext spark, ModelProbe probe) {
    Map<String, ExecutorReport> answers = new TreeMap<>();
    Set<String> silent = Set.of();
    for (int round = 0; round < ROUNDS; round++) {
      for (ExecutorReport answer : round(spark, probe)) {
        // The tasks of an executor load the model once; the longest of them says how long.
        answers.merge(answer.address, answer, (a, b) -> a.loadMillis < b.loadMillis ? b : a);
      }
      silent = Hosts.addresses(spark);
      silent.removeAll(answers.keySet());
      if (silent.isEmpty()) {
        break;
      }
    }
    return new All(List.copyOf(answers.values()), silent);
  }

  /** Spark deals the first tasks of a job out over all executors. */
  private static List<ExecutorReport> round(SparkContext spark, ModelProbe probe) {
    int tasks = TASKS_PER_CORE * spark.defaultParallelism();
    return JavaSparkContext.fromSparkContext(spark)
        .parallelize(Collections.nCopies(tasks, probe), tasks)
        .map(ExecutorReport::here)
        .collect();
  }
}
