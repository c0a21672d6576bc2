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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.ScoredPair;
import org.sbertspark.evaluation.SickFile;
import org.sbertspark.job.TaskTable.Holding;
import org.sbertspark.ml.PairScores;

/**
 * Pairs of texts that people have judged.
 *
 * @param paths as the user gave them, for messages
 * @param rows {@code score}, a double, {@code first} and {@code second}, strings; each may be null
 */
record JudgedPairs(String paths, Dataset<Row> rows) {
  private static final StructType SCHEMA =
      new StructType()
          .add("score", DataTypes.DoubleType)
          .add("first", DataTypes.StringType)
          .add("second", DataTypes.StringType);

  static JudgedPairs open(TaskOptions options, SparkSession spark, PrintWriter err) {
    String paths = String.join(", ", options.paths);
    List<FileStatus> files = new InputReader(spark).files(options.paths);
    boolean lines =
        options.layout == PairLayout.AUTO
            ? options.read.format == InputFormat.AUTO
                && files.stream().allMatch(JudgedPairs::isOfLines)
            : options.layout != PairLayout.TABLE;
    if (!lines) {
      return ofTable(TaskTable.open(options, spark, err), options);
    }
    return new JudgedPairs(
        paths,
        files.stream()
            .map(file -> ofLines(file.getPath().toString(), options.layout, spark))
            .reduce(Dataset::union)
            .orElseThrow());
  }

  /** Whether the name is one of SemEval's or SICK's files. */
  private static boolean isOfLines(FileStatus file) {
    String name = file.getPath().getName().toLowerCase(Locale.ROOT);
    return name.matches(".*\\.(tsv|txt)(\\.(gz|bz2|zst))?");
  }

  private static JudgedPairs ofTable(TaskTable table, TaskOptions options) {
    return new JudgedPairs(
        table.paths(),
        table
            .rows()
            .select(
                table
                    .numbers(
                        table.column(
                            "--score-col",
                            options.scoreColumn,
                            List.of("score", "label"),
                            Holding.NUMBER))
                    .as("score"),
                table
                    .column("--first-col", options.firstColumn, List.of("sentence1"), Holding.TEXT)
                    .as("first"),
                table
                    .column(
                        "--second-col", options.secondColumn, List.of("sentence2"), Holding.TEXT)
                    .as("second")));
  }

  private static Dataset<Row> ofLines(String file, PairLayout layout, SparkSession spark) {
    Dataset<String> lines = spark.read().textFile(file);
    String first = lines.takeAsList(1).stream().findFirst().orElse("");
    boolean sick =
        layout == PairLayout.SICK || (layout == PairLayout.AUTO && SickFile.isHeader(first));
    return lines.mapPartitions(
        (MapPartitionsFunction<String, Row>)
            part -> rows(part, sick ? ofSick(file, first) : ofSts(), file),
        Encoders.row(SCHEMA));
  }

  private static Function<String, Optional<ScoredPair>> ofSts() {
    return ScoredPair::ofStsLine;
  }

  private static Function<String, Optional<ScoredPair>> ofSick(String file, String header) {
    SickFile sick = InFile.read(file, () -> SickFile.ofHeader(header));
    return line -> Optional.of(sick.pair(line));
  }

  private static Iterator<Row> rows(
      Iterator<String> lines, Function<String, Optional<ScoredPair>> reader, String file) {
    List<Row> pairs = new ArrayList<>();
    lines.forEachRemaining(
        line -> {
          if (!line.isBlank() && !SickFile.isHeader(line)) {
            // Without a score it stays a row, to be counted.
            pairs.add(
                InFile.read(file, () -> reader.apply(line))
                    .map(pair -> RowFactory.create(pair.score(), pair.first(), pair.second()))
                    .orElseGet(() -> RowFactory.create(null, null, null)));
          }
        });
    return pairs.iterator();
  }

  List<Dataset<Row>> texts() {
    Dataset<Row> whole = rows.filter(whole());
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
