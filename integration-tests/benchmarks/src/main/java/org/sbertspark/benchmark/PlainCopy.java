package org.sbertspark.benchmark;

import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What Spark alone needs to read a table and to write it again, in a JVM that has just started.
 *
 * <p>Arguments: cores, table, output. Prints seconds and partitions.
 */
final class PlainCopy {
  private PlainCopy() {}

  public static void main(String[] arguments) {
    try (SparkSession spark = LocalSpark.open(Integer.parseInt(arguments[0]))) {
      Dataset<Row> table = spark.read().parquet(arguments[1]);
      // As embed does, which counts rows and tokens before it begins.
      table.count();
      long start = System.nanoTime();
      table.write().mode("overwrite").parquet(arguments[2]);
      System.out.printf(
          Locale.ROOT,
          "%.3f %d%n",
          (System.nanoTime() - start) / 1e9,
          table.rdd().getNumPartitions());
    }
  }
}
