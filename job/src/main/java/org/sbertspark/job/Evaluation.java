package org.sbertspark.job;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A task with its data: opened, and not yet read. */
interface Evaluation {

  /** What is embedded as it is: tables of one column of strings, at least one. */
  List<Dataset<Row>> texts();

  /** What is embedded as queries; the same otherwise. */
  default List<Dataset<Row>> queries() {
    return List.of();
  }

  /**
   * Judges a model by its vectors of these texts.
   *
   * @throws JobException if the data allows no judgement
   */
  TaskScores evaluate(EvaluationVectors vectors);
}
