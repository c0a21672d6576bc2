package org.sbertspark.job;

import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table whose text is one column.
 *
 * @param rows the table, with a column more if the text had to be put together
 * @param column the text's name
 * @param text the text over the columns of the table as it was
 * @param sql how it is put together, if it is; then the column goes when the vectors are there
 */
record PreparedText(Dataset<Row> rows, String column, Column text, Optional<String> sql) {

  /**
   * @throws JobException if a column is missing or no string
   */
  static PreparedText of(Dataset<Row> rows, TextColumn text) {
    Column expression = text.in(rows);
    Optional<String> plain = text.plainColumn(rows);
    if (plain.isPresent()) {
      return new PreparedText(rows, plain.get(), expression, Optional.empty());
    }
    String name = Columns.unused(rows.schema(), "_sbert_text");
    return new PreparedText(
        rows.withColumn(name, expression), name, expression, Optional.of(expression.expr().sql()));
  }

  /** The column, if it is put together, as a statement for Spark ML's SQLTransformer. */
  Optional<String> statement() {
    return sql.map(text -> "SELECT *, %s AS `%s` FROM __THIS__".formatted(text, column));
  }

  Dataset<Row> drop(Dataset<Row> embedded) {
    return sql.isPresent() ? embedded.drop(Columns.named(column)) : embedded;
  }
}
