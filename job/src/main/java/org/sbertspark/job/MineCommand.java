package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.PairMining;
import org.sbertspark.ml.SimilarityJoin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds the most similar pairs of a table. */
@Command(
    name = "mine",
    description = {
      "Finds the pairs of rows that are nearest to each other in the whole table: paraphrase mining."
          + " All pairs are compared, each once.",
      "Prints the first pairs, or with --output writes a row for each: left_id, the smaller one,"
          + " right_id, score (with the euclidean measure distance) and rank, from 1."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MineCommand implements Runnable {
  /** Pairs that are shown. */
  private static final int SHOWN = 20;

  @Spec private CommandSpec spec;

  @Mixin private VectorInputOptions input;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Pairs to find. Default: ${DEFAULT-VALUE}.")
  private int top;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description =
          "Only pairs with at least this cosine or dot product, or at most this Euclidean distance.")
  private Double threshold;

  @Option(
      names = "--show-col",
      paramLabel = "COLUMN",
      description = "Show this column of the rows, such as their text.")
  private String shownColumn;

  @Mixin private CompareOptions compare;
  @Mixin private OptionalOutputOptions output;

  @Override
  public void run() {
    PairMining mining;
    try {
      output.validate();
      JoinSettings settings = compare.settings();
      mining =
          new PairMining(threshold == null ? settings : settings.withThreshold(threshold), top);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    VectorTable table = VectorTable.open(input.paths, input.vectors, "mine", spark);
    Optional<Column> shown = Optional.ofNullable(shownColumn).map(table::shown);
    if (output.path == null) {
      PairMining.Mined mined = mine(mining, table);
      print(mined, table, shown);
    } else {
      write(mining, table, run, spark);
    }
    Warnings.malformed(table.survey().malformed(), spec.commandLine().getErr());
  }

  private PairMining.Mined mine(PairMining mining, VectorTable table) {
    return mining.mine(table.rows(), input.vectors.idColumn, input.vectors.embeddingColumn);
  }

  private void write(PairMining mining, VectorTable table, RunRecord run, SparkSession spark) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    try (OutputWriter writer = OutputWriter.prepare(output, table.input().roots(), hadoop)) {
      ModelAgreement.checkAppendOfScores(output.path, writer.before(), table.embedding());
      PairMining.Mined mined = mine(mining, table);
      writer.checkFits(mined.pairs().schema());
      writer.write(mined.pairs());
      run.input(table.input(), table.survey());
      table
          .embedding()
          .map(Embedding::fingerprint)
          .ifPresent(f -> run.put(ModelAgreement.MODEL, f));
      VectorTable.record(run, "", mined.counts());
      run.put("rowsWritten", mined.found()).environment(spark.sparkContext());
      writer.writeManifest(mined.pairs().schema(), mined.found(), Map.of(), run.finish());
      writer.commit();
      report(mined);
      out()
          .printf(
              Locale.ROOT,
              "Wrote %,d rows to %s (%s)%n",
              mined.found(),
              output.path,
              output.format);
    }
  }

  private void print(PairMining.Mined mined, VectorTable table, Optional<Column> shown) {
    report(mined);
    String score = SimilarityJoin.scoreColumn(compare.measure.measure);
    List<Row> first =
        mined
            .pairs()
            .orderBy(SimilarityJoin.RANK)
            .limit(SHOWN)
            .select(SimilarityJoin.RANK, score, SimilarityJoin.LEFT_ID, SimilarityJoin.RIGHT_ID)
            .collectAsList();
    Map<Object, String> texts = new HashMap<>();
    shown.ifPresent(column -> texts.putAll(texts(first, table, column)));
    for (Row pair : first) {
      out()
          .printf(
              Locale.ROOT,
              "%5d  %7.4f  %s  %s%n",
              pair.getInt(0),
              pair.getDouble(1),
              pair.get(2),
              pair.get(3));
      if (shown.isPresent()) {
        out().printf("                %s%n", Shortened.of(texts.get(pair.get(2))));
        out().printf("                %s%n", Shortened.of(texts.get(pair.get(3))));
      }
    }
    if (mined.found() > SHOWN) {
      out()
          .printf(
              Locale.ROOT,
              "Shown: the first %d of %,d pairs; --output writes all%n",
              SHOWN,
              mined.found());
    }
  }

  private Map<Object, String> texts(List<Row> pairs, VectorTable table, Column shown) {
    Object[] ids = pairs.stream().flatMap(pair -> Stream.of(pair.get(2), pair.get(3))).toArray();
    Column id = Columns.named(input.vectors.idColumn);
    Map<Object, String> texts = new HashMap<>();
    Dataset<Row> rows =
        table
            .input()
            .rows()
            .where(id.isin(ids))
            .where(Columns.named(input.vectors.embeddingColumn).isNotNull())
            .select(id, shown);
    rows.collectAsList().forEach(row -> texts.put(row.get(0), row.getString(1)));
    return texts;
  }

  private void report(PairMining.Mined mined) {
    out().println(VectorTable.line("Rows", mined.counts()));
    out().printf(Locale.ROOT, "Found %,d pairs by %s%n", mined.found(), compare.measure);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
