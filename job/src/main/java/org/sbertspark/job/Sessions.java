package org.sbertspark.job;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;

/** The Spark session of a command, or what there is without one. */
final class Sessions {
  private static final String SHUFFLE_PARTITIONS = "spark.sql.shuffle.partitions";

  /**
   * In local mode, where each shuffled partition costs more than what small tables fill it with.
   */
  private static final long SHUFFLE_PARTITIONS_PER_CORE = 4;

  private static final String STOP_TIMEOUT = "spark.sql.streaming.stopTimeout";

  /** How long a stream's thread may take to end. Spark itself would wait for ever. */
  private static final String LONGEST_STOP = "1min";

  private Sessions() {}

  /**
   * Hadoop's settings for what runs without a session, those that the user gave to spark-submit
   * included.
   */
  static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /**
   * A session with SQL settings of its own, in the application that runs or in a new one. Settings
   * that the user gave to spark-submit are kept.
   */
  static SparkSession open(CommandSpec command) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "sbert-spark " + command.name());
    // Spark's own bars would be drawn over ours.
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    if (conf.get("spark.master").startsWith("local")) {
      // Progress comes with the heartbeats; there is no network to spare here.
      conf.setIfMissing("spark.executor.heartbeatInterval", "1s");
    }
    SparkSession spark = SparkSession.builder().config(conf).getOrCreate().newSession();
    SparkSession.setActiveSession(spark);
    if (spark.sparkContext().isLocal()
        && !spark.sparkContext().conf().contains(SHUFFLE_PARTITIONS)) {
      spark
          .conf()
          .set(
              SHUFFLE_PARTITIONS,
              SHUFFLE_PARTITIONS_PER_CORE * spark.sparkContext().defaultParallelism());
    }
    if (!spark.sparkContext().conf().contains(STOP_TIMEOUT)) {
      spark.conf().set(STOP_TIMEOUT, LONGEST_STOP);
    }
    Main main = (Main) command.root().userObject();
    if (main.verbose()) {
      spark.sparkContext().setLogLevel("WARN");
    }
    PartitionPlan.cutFilesFinely(spark);
    return spark;
  }
}
