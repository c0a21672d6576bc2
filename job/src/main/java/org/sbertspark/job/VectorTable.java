package org.sbertspark.job;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.VectorCounts;

/**
 * A table of vectors to compare.
 *
 * @param paths as the user gave them, for messages
 * @param rows ids and vectors, in columns of the names that the options say, the vectors in a type
 *     that can be compared
 * @param embedding what made the vectors, as far as that is known
 */
record VectorTable(
    String paths, Input input, Survey survey, Dataset<Row> rows, Optional<Embedding> embedding) {

  /**
   * Opens a table, and counts its rows.
   *
   * @param task what is to be done, for messages: {@code join}
   * @throws JobException if a column is missing or holds something else, or if the vectors are of
   *     several models
   */
  static VectorTable open(
      List<String> paths, VectorOptions options, String task, SparkSession spark) {
    Input input = new InputReader(spark).open(paths, options.read);
    StructType schema = input.rows().schema();
    String of = String.join(", ", paths);
    require(schema, options.idColumn, of, task, "--id-col");
    StructField field = require(schema, options.embeddingColumn, of, task, "--embedding-col");
    VectorColumn column =
        VectorColumn.of(schema, field)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot %s by column \"%s\" of %s: it is %s, expected %s"
                            .formatted(
                                task,
                                options.embeddingColumn,
                                of,
                                field.dataType().catalogString(),
                                VectorColumn.EXPECTED)));
    Optional<Embedding> embedding =
        ModelAgreement.ofInputs(
            input.roots(),
            options.embeddingColumn,
            root ->
                input.format() == InputFormat.PARQUET
                    ? spark.read().parquet(root.toString()).schema()
                    : new StructType(),
            spark.sparkContext().hadoopConfiguration());
    Dataset<Row> rows =
        column
            .addTo(input.rows())
            .select(
                Columns.named(options.idColumn).as(options.idColumn),
                Columns.named(column.name()).as(options.embeddingColumn));
    return new VectorTable(of, input, Survey.of(input, RowCosts.OF_ANY_ROW), rows, embedding);
  }

  private static StructField require(
      StructType schema, String column, String of, String task, String option) {
    return Columns.find(schema, column)
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot %s by column \"%s\": %s has no such column, it has: %s; name one with %s"
                        .formatted(task, column, of, Columns.list(schema), option)));
  }

  /**
   * A column of the input to show with results, as text.
   *
   * @throws JobException if there is no such column
   */
  Column shown(String column) {
    StructType schema = input.rows().schema();
    return Columns.find(schema, column)
        .map(field -> Columns.named(field.name()).cast(DataTypes.StringType))
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot show column \"%s\": %s has no such column, it has: %s; name one with --show-col"
                        .formatted(column, paths, Columns.list(schema))));
  }

  /**
   * Checks that columns can be added.
   *
   * @throws JobException if the input has one of them
   */
  void requireNew(String... columns) {
    for (String column : columns) {
      if (Columns.has(input.rows().schema(), column)) {
        throw new JobException(
            "Cannot write column \"%s\": %s has it already; drop or rename it there"
                .formatted(column, paths));
      }
    }
  }

  /**
   * All rows, with the labels' columns, null where a row has no label.
   *
   * @param labels a column {@code id} and others; ids are there once
   * @param count how many these are
   * @throws JobException if several rows have an id that has a label: some have no usable vector
   */
  Dataset<Row> labelled(VectorOptions options, Dataset<Row> labels, long count) {
    Dataset<Row> all = input.withoutEmptyCorruptColumn(input.rows(), survey);
    Column id = Columns.named(options.idColumn);
    String key = Columns.unused(all.schema(), "_sbert_id");
    Dataset<Row> keyed = labels.withColumnRenamed("id", key);
    if (all.select(id).join(keyed, id.equalTo(keyed.col(key))).count() != count) {
      throw new JobException(
          "Cannot label rows by id column \"%s\" of %s: rows without a usable vector share ids with others; expected one row each"
              .formatted(options.idColumn, paths));
    }
    return all.join(keyed, id.equalTo(keyed.col(key)), "left_outer").drop(key);
  }

  /**
   * Checks that rows can be added to those of an output.
   *
   * @throws JobException if their vectors are not known to be of one model
   */
  void checkAppend(OutputWriter writer, String output, VectorOptions options) {
    writer
        .before()
        .ifPresent(
            before ->
                ModelAgreement.checkAppend(
                    output, before, options.embeddingColumn, embedding.orElse(null)));
  }

  /**
   * What was compared, into a manifest.
   *
   * @param side puts it before the keys; may be empty
   */
  static void record(RunRecord run, String side, VectorCounts counts) {
    run.put(key(side, "dimension"), counts.largestDimension())
        .put(key(side, "nullVectors"), counts.nulls())
        .put(key(side, "zeroVectors"), counts.zeros())
        .put(key(side, "notFiniteVectors"), counts.notFinite());
  }

  private static String key(String side, String name) {
    return side.isEmpty() ? name : side + Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  /** What was compared, in a line: {@code Rows compared: 3 of 4; left out: …}. */
  static String line(String which, VectorCounts counts) {
    return String.format(
        Locale.ROOT,
        "%s compared: %,d of %,d; left out: null %,d, zero %,d, not finite %,d",
        which,
        counts.usable(),
        counts.rows(),
        counts.nulls(),
        counts.zeros(),
        counts.notFinite());
  }
}
