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
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.ApproximateJoin;
import org.sbertspark.ml.ApproximateSettings;
import org.sbertspark.ml.Approximation;
import org.sbertspark.ml.JoinCounts;
import org.sbertspark.ml.JoinResult;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.SimilarityJoin;
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

  @Mixin private VectorOptions vectors;
  @Mixin private JoinOptions join;
  @Mixin private ApproximateOptions approximate;
  @Mixin private OutputOptions output;

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
    VectorTable leftTable = VectorTable.open(left, vectors, "join", spark);
    Optional<VectorTable> rightTable =
        Optional.ofNullable(right).map(r -> VectorTable.open(r, vectors, "join", spark));
    Optional<Embedding> model = agreed(leftTable, rightTable);
    List<Path> roots = new ArrayList<>(leftTable.input().roots());
    rightTable.ifPresent(table -> roots.addAll(table.input().roots()));

    try (OutputWriter writer = OutputWriter.prepare(output, roots, hadoop)) {
      ModelAgreement.checkAppendOfScores(output.path, writer.before(), model);
      run.input(leftTable.input(), leftTable.survey());
      rightTable.ifPresent(
          table ->
              run.put("rightInputs", table.input().roots().stream().map(Path::toString).toList())
                  .put("rightRows", table.survey().rows())
                  .put("rightMalformed", table.survey().malformed()));
      model.ifPresent(embedding -> run.put(ModelAgreement.MODEL, embedding.fingerprint()));
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
    Warnings.malformed(leftTable.survey().malformed(), err());
    rightTable.ifPresent(table -> Warnings.malformed(table.survey().malformed(), err()));
  }

  private JoinResult join(
      JoinSettings settings,
      Optional<ApproximateSettings> saving,
      VectorTable leftTable,
      Optional<VectorTable> rightTable) {
    if (saving.isPresent()) {
      ApproximateJoin similarity = new ApproximateJoin(settings, saving.get());
      return rightTable.isPresent()
          ? similarity.between(
              leftTable.rows(), rightTable.get().rows(), vectors.idColumn, vectors.embeddingColumn)
          : similarity.self(leftTable.rows(), vectors.idColumn, vectors.embeddingColumn);
    }
    SimilarityJoin similarity = new SimilarityJoin(settings);
    return rightTable.isPresent()
        ? similarity.between(
            leftTable.rows(), rightTable.get().rows(), vectors.idColumn, vectors.embeddingColumn)
        : similarity.self(leftTable.rows(), vectors.idColumn, vectors.embeddingColumn);
  }

  private Optional<Embedding> agreed(VectorTable leftTable, Optional<VectorTable> rightTable) {
    Optional<Embedding> ofRight = rightTable.flatMap(VectorTable::embedding);
    if (leftTable.embedding().isPresent() && ofRight.isPresent()) {
      ModelAgreement.requireComparable(
          vectors.embeddingColumn,
          leftTable.paths(),
          leftTable.embedding().get(),
          rightTable.get().paths(),
          ofRight.get());
    }
    return leftTable.embedding().or(() -> ofRight);
  }

  private void record(RunRecord run, JoinCounts counts, double seconds) {
    VectorTable.record(run, "", counts.left());
    if (right != null) {
      VectorTable.record(run, "right", counts.right());
    }
    run.put("scoredPairs", counts.scored())
        .put("joinSeconds", RunRecord.rounded(seconds))
        .put("rowsWritten", counts.pairs());
    if (join.capped()) {
      run.put("rowsWithMaxPerRow", counts.full());
    }
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
    out.println(VectorTable.line(right == null ? "Rows" : "Left rows", counts.left()));
    if (right != null) {
      out.println(VectorTable.line("Right rows", counts.right()));
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

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
