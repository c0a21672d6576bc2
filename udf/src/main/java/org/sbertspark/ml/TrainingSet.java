package org.sbertspark.ml;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A data set to train on.
 *
 * @param name for messages and the model card
 * @param rows an example each
 * @param columns of type string: anchor, positive, hard negatives
 * @param weight how often a batch is one of this set, relative to the other sets; at least 1
 */
public record TrainingSet(String name, Dataset<Row> rows, List<String> columns, int weight) {
  public TrainingSet {
    columns = List.copyOf(columns);
    if (columns.size() < 2) {
      throw new IllegalArgumentException(
          "Data set %s has the text columns %s, expected an anchor and a positive at least"
              .formatted(name, columns));
    }
    if (weight < 1) {
      throw new IllegalArgumentException(
          "The weight of data set %s is %d, expected at least 1".formatted(name, weight));
    }
  }
}
