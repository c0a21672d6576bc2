package org.sbertspark.job;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManagerId;

/** The executors that an application has at the moment. */
final class Hosts {
  private Hosts() {}

  /** How many executors run on each host; in local mode the driver is the one executor. */
  static Map<String, Integer> of(SparkContext spark) {
    Map<String, Integer> executors = new TreeMap<>();
    BlockManagerId driver = SparkEnv.get().blockManager().blockManagerId();
    Arrays.stream(spark.statusTracker().getExecutorInfos())
        .filter(
            executor ->
                spark.isLocal()
                    || executor.port() != driver.port()
                    || !executor.host().equals(driver.host()))
        .forEach(executor -> executors.merge(executor.host(), 1, Integer::sum));
    return executors;
  }
}
