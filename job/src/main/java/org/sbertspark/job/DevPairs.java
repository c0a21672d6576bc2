package org.sbertspark.job;

import java.io.PrintWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.ml.DevTable;
import org.sbertspark.training.DevSet;

/** Reads the pairs that a model in training is judged by. */
final class DevPairs {
  private DevPairs() {}

  /**
   * Reads the pairs; those without a score or a text are left out.
   *
   * @throws JobException if a column is missing, or there are too few pairs or too many
   */
  static DevSet read(String path, SparkSession spark, PrintWriter err) {
    Dataset<Row> pairs = JudgedPairs.open(path, spark, err).rows();
    try {
      return DevTable.read(pairs.toDF("score", "sentence1", "sentence2"));
    } catch (IllegalArgumentException e) {
      throw new JobException("Cannot evaluate on %s: %s".formatted(path, e.getMessage()), e);
    }
  }
}
