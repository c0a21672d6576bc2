package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.ApproximateJoin;
import org.sbertspark.ml.ApproximateSettings;
import org.sbertspark.ml.Approximation;
import org.sbertspark.ml.JoinCounts;
import org.sbertspark.ml.JoinResult;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.SimilarityJoin;
import org.sbertspark.ml.VectorCounts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds the nearest neighbours of each row, in its own table or in another one. */
@Command(
    name = "join",
    description = {
      "Finds the nearest neighbours of each row by their vectors: of --left among the rows of --right,"
          + " or without --right among its own, the row itself left out.",
      "Writes a row for each pair: left_id, right_id, score (with the euclidean measure distance) and"
          + " rank, from 1. Rows without a usable vector take no part, and are counted."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class JoinCommand implements Runnable {
  /** In the manifest: the model that the compared vectors are of. */
  private static final String MODEL = "model";

  @Spec private CommandSpec spec;

  @Option(
      names = "--left",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files, folders or globs with the rows whose neighbours are wanted.")
  private List<String> left;

  @Option(
      names = "--right",
      paramLabel = "PATH",
      arity = "1..*",
      description = "Those with the rows to find them among. Default: the same rows.")
  private List<String> right;

  @Mixin private ReadOptions read;

  @Option(
      names = "--id-col",
      paramLabel = "COLUMN",
      defaultValue = "id",
      description = {
        "The column that names a row, in both tables: whole numbers or strings, each once."
            + " Default: ${DEFAULT-VALUE}."
      })
  private String idColumn;

  @Option(
      names = "--embedding-col",
      paramLabel = "COLUMN",
      defaultValue = "embedding",
      description = {
        "The column of vectors, in both tables: array<float>, array<double> or MLlib's vector."
            + " Default: ${DEFAULT-VALUE}."
      })
  private String embeddingColumn;

  @Mixin private JoinOptions join;
  @Mixin private ApproximateOptions approximate;
  @Mixin private OutputOptions output;

  /**
   * A table to join.
   *
   * @param rows with a column of the name {@code embeddingColumn} in a type that can be compared
   * @param embedding what made the vectors, as far as that is known
   */
  private record Table(
      Input input, Survey survey, Dataset<Row> rows, Optional<Embedding> embedding) {}

  @Override
  public void run() {
    JoinSettings settings;
    Optional<ApproximateSettings> saving;
    try {
      output.validate();
      settings = join.settings();
      saving = approximate.settings();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Table leftTable = open(left, spark, hadoop);
    Optional<Table> rightTable = Optional.ofNullable(right).map(r -> open(r, spark, hadoop));
    Optional<Embedding> model = agreed(leftTable, rightTable);
    List<Path> roots = new ArrayList<>(leftTable.input.roots());
    rightTable.ifPresent(table -> roots.addAll(table.input.roots()));

    try (OutputWriter writer = OutputWriter.prepare(output, roots, hadoop)) {
      writer.before().ifPresent(before -> requireSameModel(before, model));
      run.input(leftTable.input, leftTable.survey);
      rightTable.ifPresent(
          table ->
              run.put("rightInputs", table.input.roots().stream().map(Path::toString).toList())
                  .put("rightRows", table.survey.rows())
                  .put("rightMalformed", table.survey.malformed()));
      model.ifPresent(embedding -> run.put(MODEL, embedding.fingerprint()));
      long start = System.nanoTime();
      try (JoinResult result = join(settings, saving, leftTable, rightTable)) {
        double seconds = (System.nanoTime() - start) / 1e9;
        Dataset<Row> pairs = result.pairs();
        writer.checkFits(pairs.schema());
        writer.write(pairs);
        JoinCounts counts = result.counts();
        record(run, counts, seconds);
        result.approximation().ifPresent(approximation -> record(run, counts, approximation));
        run.environment(spark.sparkContext());
        writer.writeManifest(pairs.schema(), counts.pairs(), Map.of(), run.finish());
        writer.commit();
        report(counts, seconds);
        result.approximation().ifPresent(approximation -> report(counts, approximation));
      }
    }
    Warnings.malformed(leftTable.survey.malformed(), err());
    rightTable.ifPresent(table -> Warnings.malformed(table.survey.malformed(), err()));
  }

  private JoinResult join(
      JoinSettings settings,
      Optional<ApproximateSettings> saving,
      Table leftTable,
      Optional<Table> rightTable) {
    if (saving.isPresent()) {
      ApproximateJoin similarity = new ApproximateJoin(settings, saving.get());
      return rightTable.isPresent()
          ? similarity.between(leftTable.rows, rightTable.get().rows, idColumn, embeddingColumn)
          : similarity.self(leftTable.rows, idColumn, embeddingColumn);
    }
    SimilarityJoin similarity = new SimilarityJoin(settings);
    return rightTable.isPresent()
        ? similarity.between(leftTable.rows, rightTable.get().rows, idColumn, embeddingColumn)
        : similarity.self(leftTable.rows, idColumn, embeddingColumn);
  }

  private Table open(List<String> paths, SparkSession spark, Configuration hadoop) {
    Input input = new InputReader(spark).open(paths, read);
    StructType schema = input.rows().schema();
    String of = String.join(", ", paths);
    require(schema, idColumn, of, "--id-col");
    StructField field = require(schema, embeddingColumn, of, "--embedding-col");
    VectorColumn column =
        VectorColumn.of(schema, field)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot join by column \"%s\" of %s: it is %s, expected %s"
                            .formatted(
                                embeddingColumn,
                                of,
                                field.dataType().catalogString(),
                                VectorColumn.EXPECTED)));
    Optional<Embedding> embedding =
        ModelAgreement.ofInputs(
            input.roots(),
            embeddingColumn,
            root ->
                input.format() == InputFormat.PARQUET
                    ? spark.read().parquet(root.toString()).schema()
                    : new StructType(),
            hadoop);
    Dataset<Row> rows =
        column
            .addTo(input.rows())
            .select(
                Columns.named(idColumn).as(idColumn),
                Columns.named(column.name()).as(embeddingColumn));
    return new Table(input, Survey.of(input, RowCosts.OF_ANY_ROW), rows, embedding);
  }

  private static StructField require(StructType schema, String column, String of, String option) {
    return Columns.find(schema, column)
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot join by column \"%s\": %s has no such column, it has: %s; name one with %s"
                        .formatted(column, of, Columns.list(schema), option)));
  }

  private Optional<Embedding> agreed(Table leftTable, Optional<Table> rightTable) {
    Optional<Embedding> ofRight = rightTable.flatMap(Table::embedding);
    if (leftTable.embedding.isPresent() && ofRight.isPresent()) {
      ModelAgreement.requireComparable(
          embeddingColumn,
          String.join(", ", left),
          leftTable.embedding.get(),
          String.join(", ", right),
          ofRight.get());
    }
    return leftTable.embedding.or(() -> ofRight);
  }

  /** Scores of different models do not belong into one table. */
  private void requireSameModel(Manifest before, Optional<Embedding> model) {
    Object there = before.runs().get(before.runs().size() - 1).get(MODEL);
    Object mine = model.map(Embedding::fingerprint).orElse(null);
    if (there != null && mine != null && !there.equals(mine)) {
      throw new JobException(
          "Cannot append to %s: its pairs are of model %s, not of %s"
              .formatted(
                  output.path,
                  Embedding.brief(there.toString()),
                  Embedding.brief(mine.toString())));
    }
  }

  private void record(RunRecord run, JoinCounts counts, double seconds) {
    record(run, "", counts.left());
    if (right != null) {
      record(run, "right", counts.right());
    }
    run.put("scoredPairs", counts.scored())
        .put("joinSeconds", RunRecord.rounded(seconds))
        .put("rowsWritten", counts.pairs());
    if (join.capped()) {
      run.put("rowsWithMaxPerRow", counts.full());
    }
  }

  private static void record(RunRecord run, String side, VectorCounts counts) {
    run.put(key(side, "dimension"), counts.largestDimension())
        .put(key(side, "nullVectors"), counts.nulls())
        .put(key(side, "zeroVectors"), counts.zeros())
        .put(key(side, "notFiniteVectors"), counts.notFinite());
  }

  private static String key(String side, String name) {
    return side.isEmpty() ? name : side + Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private void report(JoinCounts counts, double seconds) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "Found %,d pairs: compared %,d by %s in %s%n",
        counts.pairs(),
        counts.scored(),
        join.measure(),
        Progress.duration(seconds));
    print(right == null ? "Rows" : "Left rows", counts.left());
    if (right != null) {
      print("Right rows", counts.right());
    }
    out.printf("Wrote %,d rows to %s (%s)%n", counts.pairs(), output.path, output.format);
    if (join.capped() && counts.full() > 0) {
      err()
          .printf(
              Locale.ROOT,
              "%s: warning: %,d rows have --max-per-row %,d neighbours; there may be more within the"
                  + " threshold%n",
              Main.NAME,
              counts.full(),
              join.maxPerRow());
    }
  }

  private static void record(RunRecord run, JoinCounts counts, Approximation approximation) {
    run.put("lists", approximation.lists())
        .put("probes", approximation.probes())
        .put("recall", RunRecord.rounded(approximation.recall()))
        .put("recallQueries", approximation.queries())
        .put("exactPairs", approximation.exact())
        .put("shareOfExact", RunRecord.rounded(share(counts, approximation)));
  }

  private void report(JoinCounts counts, Approximation approximation) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "Recall %.3f, measured on %,d rows; %,d of %,d lists probed; comparisons, all told: %.1f%%"
                + " of an exact join's %,d%n",
            approximation.recall(),
            approximation.queries(),
            approximation.probes(),
            approximation.lists(),
            100 * share(counts, approximation),
            approximation.exact());
  }

  private static double share(JoinCounts counts, Approximation approximation) {
    return (double) counts.scored() / Math.max(1, approximation.exact());
  }

  private void print(String which, VectorCounts counts) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s compared: %,d of %,d; left out: null %,d, zero %,d, not finite %,d%n",
            which,
            counts.usable(),
            counts.rows(),
            counts.nulls(),
            counts.zeros(),
            counts.notFinite());
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
