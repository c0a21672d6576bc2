package org.sbertspark.job;

import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;

/**
 * The rows that have a cluster, as they are told of. Close it when all is told.
 *
 * @param clustered persisted, because much is asked of it: {@code cluster}, {@code distance},
 *     {@code outlier}; {@code shown}: what stands for the row, one line of at most {@value
 *     #SHOWN_CHARACTERS} characters, perhaps null; {@code text} and {@code label}, null where there
 *     are none
 * @param withVectors the same with {@code vector}, as in the table; not persisted
 */
record ClusterRows(
    Dataset<Row> clustered, Dataset<Row> withVectors, boolean hasTexts, boolean hasLabels)
    implements AutoCloseable {
  static final int SHOWN_CHARACTERS = 240;

  /**
   * @param assigned with the text's and the label's columns
   * @param text if the rows have one; the others are shown as JSON, without their vectors
   * @param label the column with known classes, if there is one
   */
  static ClusterRows of(
      Dataset<Row> assigned,
      String vectorColumn,
      ClusterOptions options,
      Optional<Column> text,
      Optional<Column> label) {
    Column nothing = lit(null).cast(DataTypes.StringType);
    Column shown = text.orElseGet(() -> withoutVectors(assigned, options));
    Dataset<Row> withVectors =
        assigned
            .filter(options.cluster().isNotNull())
            .select(
                options.cluster().as("cluster"),
                options.distance().as("distance"),
                options.outlier().as("outlier"),
                shortened(shown).as("shown"),
                text.orElse(nothing).as("text"),
                label.map(c -> c.cast(DataTypes.StringType)).orElse(nothing).as("label"),
                Columns.named(vectorColumn).as("vector"));
    return new ClusterRows(
        withVectors.drop("vector").persist(StorageLevel.MEMORY_AND_DISK()),
        withVectors,
        text.isPresent(),
        label.isPresent());
  }

  @Override
  public void close() {
    clustered.unpersist();
  }

  private static Column withoutVectors(Dataset<Row> assigned, ClusterOptions options) {
    Column[] others =
        Arrays.stream(assigned.schema().fields())
            .filter(field -> !VectorColumn.holdsVectors(field.dataType()))
            .filter(field -> !options.columns().contains(field.name()))
            .map(field -> Columns.named(field.name()))
            .toArray(Column[]::new);
    return others.length == 0 ? lit("") : to_json(functions.struct(others));
  }

  private static Column shortened(Column text) {
    Column line = trim(regexp_replace(text, "[\\s\\p{Cntrl}]+", " "));
    return when(length(line).leq(SHOWN_CHARACTERS), line)
        .otherwise(concat(substring(line, 1, SHOWN_CHARACTERS - 1), lit("…")));
  }
}
