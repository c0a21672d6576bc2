package org.sbertspark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The one SparkSession of a test JVM: {@code local[2]}, started by the first test that asks and
 * ended with the JVM. Tests leave its settings as they were.
 */
public final class SparkTestSession {
  private SparkTestSession() {}

  public static SparkSession get() {
    return Holder.SESSION;
  }

  private static final class Holder {
    static final SparkSession SESSION = start();

    private static SparkSession start() {
      return SparkSession.builder()
          .master("local[2]")
          .appName("tests")
          .config("spark.ui.enabled", false)
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.sql.shuffle.partitions", 2)
          .config("spark.sql.session.timeZone", "UTC")
          .config("spark.sql.warehouse.dir", warehouse())
          // Progress of running tasks comes with heartbeats.
          .config("spark.executor.heartbeatInterval", "100ms")
          .getOrCreate();
    }

    private static String warehouse() {
      try {
        Path folder = Files.createTempDirectory("sbert-spark-warehouse");
        folder.toFile().deleteOnExit();
        return folder.toUri().toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
