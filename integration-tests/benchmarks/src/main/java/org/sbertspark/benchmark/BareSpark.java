package org.sbertspark.benchmark;

import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.ml.SentenceEmbedder;

/**
 * What Spark alone needs to read a table and to write it again, in a JVM that has just started;
 * with a model, what the bare stage needs, whose partitions are those that Spark makes of the
 * files.
 *
 * <p>Arguments: cores, table, output, perhaps a model. Prints seconds and partitions.
 */
final class BareSpark {
  private BareSpark() {}

  public static void main(String[] arguments) {
    try (SparkSession spark = LocalSpark.open(Integer.parseInt(arguments[0]))) {
      Dataset<Row> table = spark.read().parquet(arguments[1]);
      // As embed does, which counts rows and tokens before it begins.
      table.count();
      Dataset<Row> result = arguments.length > 3 ? embed(table, arguments[3]) : table;
      long start = System.nanoTime();
      result.write().mode("overwrite").parquet(arguments[2]);
      System.out.printf(
          Locale.ROOT,
          "%.3f %d%n",
          (System.nanoTime() - start) / 1e9,
          table.rdd().getNumPartitions());
    }
  }

  private static Dataset<Row> embed(Dataset<Row> table, String model) {
    return new SentenceEmbedder()
        .setModel(model)
        .setInputCol("text")
        .setOutputCol("embedding")
        .setOutputType("array")
        .transform(table);
  }
}
