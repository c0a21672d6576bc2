package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import java.io.PrintWriter;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.job.TaskTable.Holding;
import org.sbertspark.ml.PairScores;

/**
 * Pairs of texts that people have judged: from tables, SICK's files and SemEval's.
 *
 * @param paths as the user gave them, for messages
 * @param rows {@code score}, a double, {@code first} and {@code second}, strings; each may be null
 */
record JudgedPairs(String paths, Dataset<Row> rows) {
  private static final List<String> SCORES = List.of("score", "label", "relatedness_score");
  private static final List<String> FIRST = List.of("sentence1", "sentence_A", "first");
  private static final List<String> SECOND = List.of("sentence2", "sentence_B", "second");

  /** A table's header has one of each; SICK's own names are those of its files. */
  private static final List<List<String>> HEADER =
      List.of(
          List.of("score", "label"), List.of("sentence1", "first"), List.of("sentence2", "second"));

  /** A column of tables, for {@link TaskTable#column}. */
  private record Wanted(String option, String given, List<String> usual, Holding holding) {
    Column of(TaskTable table) {
      return table.column(option, given, usual, holding);
    }
  }

  /** Pairs of a task. */
  static JudgedPairs open(TaskOptions options, SparkSession spark, PrintWriter err) {
    List<Wanted> columns =
        List.of(
            new Wanted("--score-col", options.scoreColumn, SCORES, Holding.NUMBER),
            new Wanted("--first-col", options.firstColumn, FIRST, Holding.TEXT),
            new Wanted("--second-col", options.secondColumn, SECOND, Holding.TEXT));
    return open(options.paths, options.layout, options.read, columns, spark, err);
  }

  /** Pairs whose layout and columns are the usual ones. */
  static JudgedPairs open(String path, SparkSession spark, PrintWriter err) {
    List<Wanted> columns =
        List.of(
            new Wanted(null, null, SCORES, Holding.NUMBER),
            new Wanted(null, null, FIRST, Holding.TEXT),
            new Wanted(null, null, SECOND, Holding.TEXT));
    return open(List.of(path), PairLayout.AUTO, new ReadOptions(), columns, spark, err);
  }

  private static JudgedPairs open(
      List<String> paths,
      PairLayout layout,
      ReadOptions read,
      List<Wanted> columns,
      SparkSession spark,
      PrintWriter err) {
    List<FileStatus> files = new InputReader(spark).files(paths);
    boolean lines =
        layout == PairLayout.AUTO
            ? read.format == InputFormat.AUTO
                && columns.stream().allMatch(column -> column.given == null)
                && files.stream().allMatch(PairLines::mayBe)
            : layout != PairLayout.TABLE;
    Dataset<Row> rows =
        lines
            ? files.stream()
                .map(file -> ofFile(PairLines.of(file, spark), layout, read, columns, spark, err))
                .reduce(Dataset::union)
                .orElseThrow()
            : ofTable(TaskTable.open(paths, read, spark, err), columns);
    return new JudgedPairs(String.join(", ", paths), rows.toDF("score", "first", "second"));
  }

  private static Dataset<Row> ofFile(
      PairLines file,
      PairLayout asked,
      ReadOptions read,
      List<Wanted> columns,
      SparkSession spark,
      PrintWriter err) {
    // A first line of any other kind fails as one of STS, which does not quote it.
    PairLayout layout =
        asked == PairLayout.AUTO ? file.layout(HEADER).orElse(PairLayout.STS) : asked;
    return layout == PairLayout.TABLE
        ? ofTable(
            TaskTable.open(List.of(file.file()), read.as(InputFormat.TSV), spark, err), columns)
        : file.read(layout, spark);
  }

  private static Dataset<Row> ofTable(TaskTable table, List<Wanted> columns) {
    return table
        .rows()
        .select(
            table.numbers(columns.get(0).of(table)),
            columns.get(1).of(table),
            columns.get(2).of(table));
  }

  /** Those with both texts and a score. */
  Dataset<Row> wholeRows() {
    return rows.filter(whole());
  }

  List<Dataset<Row>> texts() {
    Dataset<Row> whole = wholeRows();
    return List.of(whole.select("first"), whole.select("second"));
  }

  /**
   * What the judgements are, by a pass over the pairs.
   *
   * @param whole pairs with both texts and a score
   * @param least score
   * @param most the largest score
   * @param others pairs whose score is neither 0 nor 1
   */
  record Judgements(long whole, double least, double most, long others) {}

  /**
   * Looks at the judgements, before any work is done.
   *
   * @throws JobException if there are not at least two
   */
  Judgements judgements() {
    Column score = col("score");
    Row found =
        rows.agg(
                count(lit(1)),
                count(when(whole(), 1)),
                coalesce(min(when(whole(), score)), lit(0.0)),
                coalesce(max(when(whole(), score)), lit(0.0)),
                count(when(whole().and(not(score.isin(0.0, 1.0))), 1)))
            .first();
    Judgements judgements =
        new Judgements(found.getLong(1), found.getDouble(2), found.getDouble(3), found.getLong(4));
    if (judgements.whole < 2) {
      throw new JobException(
          "Cannot evaluate with %s: %,d of %,d pairs have two texts and a score, expected at least 2"
              .formatted(paths, judgements.whole, found.getLong(0)));
    }
    return judgements;
  }

  private static Column whole() {
    return col("score").isNotNull().and(col("first").isNotNull()).and(col("second").isNotNull());
  }

  /** What a model makes of them. */
  PairScores scores(EvaluationVectors vectors) {
    return PairScores.of(rows, col("score"), col("first"), col("second"), vectors.texts());
  }
}
