package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.sbertspark.inference.ModelBundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a JVM that embeds needs outside of its heap, and what it is granted there. The need is
 * bounded: the weights are there once, and a forward pass of each task has at most as many tokens
 * as the token budget (or the longest text) says.
 *
 * @param neededBytes an estimate
 * @param grantedBytes by YARN or Kubernetes, which kill an executor that takes more; empty where
 *     nobody counts
 */
record ExecutorMemory(long neededBytes, Optional<Long> grantedBytes) {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorMemory.class);

  /**
   * @param tokensOfAPass that a forward pass may have
   */
  static ExecutorMemory of(SparkContext spark, ModelBundle model, int tokensOfAPass) {
    return of(spark, neededBytes(model, tokensOfAPass, Slots.of(spark).tasksAtOnce()));
  }

  /** An estimate for a JVM in which so many tasks run at once. */
  static long neededBytes(ModelBundle model, int tokensOfAPass, int tasksAtOnce) {
    return HealthChecks.nativeBytes(
        model.parameters(), model.description().hiddenSize(), tokensOfAPass, tasksAtOnce);
  }

  /**
   * @param needed bytes
   */
  static ExecutorMemory of(SparkContext spark, long needed) {
    boolean counted = spark.master().startsWith("yarn") || spark.master().startsWith("k8s");
    return new ExecutorMemory(
        needed, counted ? Optional.of(overheadBytes(spark.getConf())) : Optional.empty());
  }

  /** As YARN and Kubernetes reckon it for an executor. */
  static long overheadBytes(SparkConf conf) {
    if (conf.contains("spark.executor.memoryOverhead")) {
      return conf.getSizeAsMb("spark.executor.memoryOverhead", "0") << 20;
    }
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    long heapMib = conf.getSizeAsMb("spark.executor.memory", "1g");
    return Math.max(384, (long) (factor * heapMib)) << 20;
  }

  /** What the doctor says of it. */
  Check check() {
    return grantedBytes
        .map(granted -> HealthChecks.overhead(granted, neededBytes))
        .orElseGet(
            () ->
                Check.ok(
                    "native memory",
                    "about %s expected outside of an executor's heap"
                        .formatted(HealthChecks.size(neededBytes))));
  }

  /** Says how much is expected, aloud where somebody counts; warns if less is granted. */
  void tell(PrintWriter err) {
    String size = HealthChecks.size(neededBytes);
    LOG.info("An executor needs about {} outside of its heap for this model", size);
    Check check = check();
    if (check.failed()) {
      err.printf("%s: warning: %s; use %s%n", Main.NAME, check.finding(), check.advice());
    } else if (grantedBytes.isPresent()) {
      err.printf("%s: %s%n", Main.NAME, check.finding());
    }
  }
}
