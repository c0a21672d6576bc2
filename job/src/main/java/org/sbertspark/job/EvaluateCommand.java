package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.ScoredPair;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.PairScores;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says how well a model's similarities agree with people's judgement. */
@Command(
    name = "evaluate",
    description = {
      "Says how well a model's similarities agree with people's judgement of pairs of texts. Each"
          + " distinct text is embedded once.",
      "sts: Spearman's and Pearson's correlation with scores. pairs: average precision, best accuracy"
          + " and best F1 with labels 0 and 1. Pairs with a null are left out, and counted."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EvaluateCommand implements Runnable {
  private static final StructType PAIR =
      new StructType()
          .add("score", DataTypes.DoubleType)
          .add("first", DataTypes.StringType)
          .add("second", DataTypes.StringType);

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description = ModelCommand.MODEL)
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      required = true,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private EvaluationTask task;

  @Mixin private InputOptions input;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      defaultValue = "columns",
      description = {
        "How the pairs stand in the files: ${COMPLETION-CANDIDATES}.",
        "columns: a table; sts: lines of a score and two sentences, separated by tabs, without a"
            + " header. Default: ${DEFAULT-VALUE}."
      })
  private PairLayout layout;

  @Option(
      names = "--score-col",
      paramLabel = "COLUMN",
      defaultValue = "score",
      description = "The score, or the label 0 or 1. Default: ${DEFAULT-VALUE}.")
  private String scoreColumn;

  @Option(
      names = "--first-col",
      paramLabel = "COLUMN",
      defaultValue = "sentence1",
      description = "The first text of a pair. Default: ${DEFAULT-VALUE}.")
  private String firstColumn;

  @Option(
      names = "--second-col",
      paramLabel = "COLUMN",
      defaultValue = "sentence2",
      description = "The second text of a pair. Default: ${DEFAULT-VALUE}.")
  private String secondColumn;

  @Mixin private EncodingOptions encoding;

  /** Judged pairs: columns of a table. */
  private record Pairs(Dataset<Row> rows, Column score, Column first, Column second) {}

  @Override
  public void run() {
    try {
      encoding.validate();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    SparkSession spark = Sessions.open(spec);
    Pairs pairs = layout == PairLayout.STS ? ofStsLines(spark) : ofColumns(spark);
    ResolvedModel resolved = hub.resolve(model);
    ModelBundle bundle = resolved.bundle();
    SentenceEmbedder embedder = encoding.embedder(bundle, "text", "vector");
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "evaluate");
    PairScores scores =
        PairScores.of(pairs.rows, pairs.score, pairs.first, pairs.second, embedder, stats);
    if (scores.gold().length == 0) {
      throw new JobException(
          "Cannot evaluate %s: of %,d pairs none has two texts and a score"
              .formatted(String.join(", ", input.paths), scores.withoutValue()));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "Evaluated %s on %,d pairs with %,d distinct texts; %,d pairs without a text or score%n",
        bundle.name(),
        scores.gold().length,
        stats.value().rowsIn(),
        scores.withoutValue());
    task.print(scores, out);
    Warnings.truncation(stats.value(), encoding.maxSeqLength(bundle), err());
    Warnings.halvings(stats.value(), err());
  }

  private Pairs ofStsLines(SparkSession spark) {
    String[] paths =
        new InputReader(spark)
            .roots(input.paths).stream().map(Object::toString).toArray(String[]::new);
    Dataset<Row> rows =
        spark
            .read()
            .textFile(paths)
            .mapPartitions(
                (MapPartitionsFunction<String, Row>) EvaluateCommand::pairs, Encoders.row(PAIR));
    return new Pairs(rows, rows.col("score"), rows.col("first"), rows.col("second"));
  }

  private static Iterator<Row> pairs(Iterator<String> lines) {
    List<Row> pairs = new ArrayList<>();
    lines.forEachRemaining(
        line -> {
          if (!line.isBlank()) {
            // Without a score it stays a row, to be counted.
            pairs.add(
                ScoredPair.ofStsLine(line)
                    .map(pair -> RowFactory.create(pair.score(), pair.first(), pair.second()))
                    .orElseGet(() -> RowFactory.create(null, null, null)));
          }
        });
    return pairs.iterator();
  }

  private Pairs ofColumns(SparkSession spark) {
    Input table = new InputReader(spark).open(input);
    Warnings.malformed(Survey.of(table, RowCosts.OF_ANY_ROW).malformed(), err());
    return new Pairs(
        table.rows(),
        score(table.rows().schema()),
        TextColumn.parse(List.of(firstColumn)).in(table.rows()),
        TextColumn.parse(List.of(secondColumn)).in(table.rows()));
  }

  /** CSV files have strings only; what is no number there becomes null, and is counted. */
  private Column score(StructType schema) {
    StructField field =
        Columns.find(schema, scoreColumn)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot evaluate with column \"%s\": the input has no such column, it has: %s; name it with --score-col"
                            .formatted(scoreColumn, Columns.list(schema))));
    DataType type = field.dataType();
    if (!(type instanceof NumericType
        || type instanceof BooleanType
        || type.equals(DataTypes.StringType))) {
      throw new JobException(
          "Cannot evaluate with column \"%s\": it is %s, expected a number or a boolean"
              .formatted(scoreColumn, type.catalogString()));
    }
    return Columns.named(field.name());
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
