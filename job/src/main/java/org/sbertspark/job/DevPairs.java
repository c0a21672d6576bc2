package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.DevSet.ScoredTexts;

/** Reads the pairs that a model in training is judged by. */
final class DevPairs {
  /** They are sent to the executor that trains, and all encoded at each evaluation. */
  private static final int MAX_PAIRS = 100_000;

  private DevPairs() {}

  /**
   * Reads the pairs; those without a score or a text are left out.
   *
   * @throws JobException if a column is missing, or there are too few pairs or too many
   */
  static DevSet read(String path, SparkSession spark, PrintWriter err) {
    List<ScoredTexts> pairs = new ArrayList<>();
    for (Row row : JudgedPairs.open(path, spark, err).wholeRows().takeAsList(MAX_PAIRS + 1)) {
      pairs.add(new ScoredTexts(row.getDouble(0), row.getString(1), row.getString(2)));
    }
    if (pairs.size() > MAX_PAIRS) {
      throw new JobException(
          "Cannot evaluate on %s: it has more than %d pairs; give some of them"
              .formatted(path, MAX_PAIRS));
    }
    try {
      return new DevSet(pairs);
    } catch (IllegalArgumentException e) {
      throw new JobException("Cannot evaluate on %s: %s".formatted(path, e.getMessage()), e);
    }
  }
}
