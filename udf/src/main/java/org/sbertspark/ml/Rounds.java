package org.sbertspark.ml;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What algorithms of several rounds have in common. */
final class Rounds {
  private Rounds() {}

  /**
   * Computes a table, and forgets how: else the plan would grow from round to round. Reliably if
   * Spark has a checkpoint folder; otherwise it lies with the executors, and the run fails if one
   * of them is lost.
   */
  static Dataset<Row> checkpoint(Dataset<Row> rows) {
    return rows.sparkSession().sparkContext().getCheckpointDir().isDefined()
        ? rows.checkpoint()
        : rows.localCheckpoint();
  }

  /**
   * @throws IllegalStateException if there have been too many
   */
  static void requireAtMost(int most, int round, String task) {
    if (round > most) {
      throw new IllegalStateException(
          "Cannot %s: not done after %d rounds; raise the threshold".formatted(task, most));
    }
  }
}
