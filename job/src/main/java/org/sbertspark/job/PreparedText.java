package org.sbertspark.job;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table whose text is one column.
 *
 * @param rows the table, with a column more if the text had to be put together
 * @param column the text's name
 * @param temporary whether that column goes again when the vectors are there
 */
record PreparedText(Dataset<Row> rows, String column, boolean temporary) {

  /**
   * @throws JobException if a column is missing or no string
   */
  static PreparedText of(Dataset<Row> rows, TextColumn text) {
    var expression = text.in(rows);
    Optional<String> plain = text.plainColumn(rows);
    if (plain.isPresent()) {
      return new PreparedText(rows, plain.get(), false);
    }
    String name = Columns.unused(rows.schema(), "_sbert_text");
    return new PreparedText(rows.withColumn(name, expression), name, true);
  }

  Dataset<Row> drop(Dataset<Row> embedded) {
    return temporary ? embedded.drop(Columns.named(column)) : embedded;
  }
}
