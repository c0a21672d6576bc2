package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.ml.CommunityDetection;
import org.sbertspark.ml.JoinSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds communities of rows. */
@Command(
    name = "communities",
    description = {
      "Finds communities: rows around one of them, the centre, all within --threshold of it; the"
          + " largest ones first, each row in one at most, as community_detection of"
          + " sentence-transformers does it. All pairs are compared.",
      "Writes all rows with two columns: community, from 0, the largest one first, null for rows in"
          + " none; and community_rank, from 1, the nearest to the centre first."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CommunitiesCommand implements Runnable {
  private static final int SHOWN = 20;

  @Spec private CommandSpec spec;

  @Mixin private VectorInputOptions input;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      defaultValue = "0.75",
      description = {
        "The least cosine or dot product, or the largest Euclidean distance, to the centre."
            + " Default: ${DEFAULT-VALUE}."
      })
  private double threshold;

  @Option(
      names = "--min-size",
      paramLabel = "ROWS",
      defaultValue = "10",
      description = "Rows that a community has at least. Default: ${DEFAULT-VALUE}.")
  private int minSize;

  @Option(
      names = "--max-per-row",
      paramLabel = "N",
      defaultValue = "10000",
      description = {
        "Rows within the threshold of a row, at most: the run fails if there may be more."
            + " Default: ${DEFAULT-VALUE}."
      })
  private int maxPerRow;

  @Mixin private CompareOptions compare;
  @Mixin private OutputOptions output;

  @Override
  public void run() {
    CommunityDetection detection;
    try {
      output.validate();
      JoinSettings settings = compare.settings().withThreshold(threshold).withMaxPerRow(maxPerRow);
      detection = new CommunityDetection(settings, minSize);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    VectorTable table = VectorTable.open(input.paths, input.vectors, "find communities", spark);
    table.requireNew(CommunityDetection.COMMUNITY, CommunityDetection.RANK);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    try (OutputWriter writer = OutputWriter.prepare(output, table.input().roots(), hadoop)) {
      table.checkAppend(writer, output.path, input.vectors);
      CommunityDetection.Detected found =
          detection.detect(table.rows(), input.vectors.idColumn, input.vectors.embeddingColumn);
      Dataset<Row> result = table.labelled(input.vectors, found.members(), found.rows());
      writer.checkFits(result.schema());
      writer.write(result);
      run.input(table.input(), table.survey());
      VectorTable.record(run, "", found.counts());
      run.put("communities", found.communities())
          .put("rowsInCommunities", found.rows())
          .put("rowsWritten", found.counts().rows())
          .environment(spark.sparkContext());
      writer.writeManifest(
          result.schema(),
          found.counts().rows(),
          ModelAgreement.carriedOver(table.input().roots(), result.schema(), hadoop),
          run.finish());
      writer.commit();
      report(found);
    }
    Warnings.malformed(table.survey().malformed(), spec.commandLine().getErr());
  }

  private void report(CommunityDetection.Detected found) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(VectorTable.line("Rows", found.counts()));
    for (Row community :
        found
            .members()
            .groupBy(CommunityDetection.COMMUNITY)
            .count()
            .orderBy(CommunityDetection.COMMUNITY)
            .limit(SHOWN)
            .collectAsList()) {
      out.printf(
          Locale.ROOT, "Community %d: %,d rows%n", community.getInt(0), community.getLong(1));
    }
    if (found.communities() > SHOWN) {
      out.printf(Locale.ROOT, "… and %,d smaller ones%n", found.communities() - SHOWN);
    }
    out.printf(
        Locale.ROOT,
        "Found %,d communities with %,d of %,d rows%n",
        found.communities(),
        found.rows(),
        found.counts().rows());
    out.printf(
        Locale.ROOT,
        "Wrote %,d rows to %s (%s)%n",
        found.counts().rows(),
        output.path,
        output.format);
  }
}
