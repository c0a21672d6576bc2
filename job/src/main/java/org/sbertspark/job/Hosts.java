package org.sbertspark.job;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.storage.BlockManagerId;

/** The executors that an application has at the moment. */
final class Hosts {
  private Hosts() {}

  /** How many executors run on each host; in local mode the driver is the one executor. */
  static Map<String, Integer> of(SparkContext spark) {
    Map<String, Integer> executors = new TreeMap<>();
    executors(spark).forEach(executor -> executors.merge(executor.host(), 1, Integer::sum));
    return executors;
  }

  /** Host and port of every executor's block manager, which tell executors of one host apart. */
  static Set<String> addresses(SparkContext spark) {
    return executors(spark)
        .map(executor -> executor.host() + ":" + executor.port())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<SparkExecutorInfo> executors(SparkContext spark) {
    BlockManagerId driver = SparkEnv.get().blockManager().blockManagerId();
    return Arrays.stream(spark.statusTracker().getExecutorInfos())
        .filter(
            executor ->
                spark.isLocal()
                    || executor.port() != driver.port()
                    || !executor.host().equals(driver.host()));
  }
}
