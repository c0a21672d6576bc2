package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import java.io.PrintWriter;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.NearDuplicates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds near-duplicates, and marks or drops them. */
@Command(
    name = "dedup",
    description = {
      "Finds groups of rows that are near-duplicates by their vectors: connected, perhaps through"
          + " others, by pairs within --threshold. All pairs are compared.",
      "Writes all rows with two columns: duplicate_of, the id of the group's representative, which is"
          + " the smallest one; null for rows that stay; and group_size, 1 for a row without"
          + " duplicates. With --drop the rows that stay, as they are. Without --output says how many"
          + " rows would go. Rows without a usable vector stay."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DedupCommand implements Runnable {
  private static final String GROUP_SIZE = "group_size";

  @Spec private CommandSpec spec;

  @Mixin private VectorInputOptions input;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      defaultValue = "0.95",
      description = {
        "The least cosine or dot product, or the largest Euclidean distance, of two rows that"
            + " duplicate each other. Default: ${DEFAULT-VALUE}."
      })
  private double threshold;

  @Option(names = "--drop", description = "Write only the rows that stay.")
  private boolean drop;

  @Mixin private CompareOptions compare;
  @Mixin private OptionalOutputOptions output;

  @Override
  public void run() {
    JoinSettings settings;
    try {
      output.validate();
      settings = compare.settings().withThreshold(threshold);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    VectorTable table = VectorTable.open(input.paths, input.vectors, "find duplicates", spark);
    if (output.path == null) {
      report(find(settings, table), "would go");
    } else {
      write(settings, table, run, spark);
    }
    Warnings.malformed(table.survey().malformed(), spec.commandLine().getErr());
  }

  private NearDuplicates.Found find(JoinSettings settings, VectorTable table) {
    return new NearDuplicates(settings)
        .find(table.rows(), input.vectors.idColumn, input.vectors.embeddingColumn);
  }

  private void write(JoinSettings settings, VectorTable table, RunRecord run, SparkSession spark) {
    if (!drop) {
      table.requireNew(NearDuplicates.DUPLICATE_OF, GROUP_SIZE);
    }
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    try (OutputWriter writer = OutputWriter.prepare(output, table.input().roots(), hadoop)) {
      table.checkAppend(writer, output.path, input.vectors);
      NearDuplicates.Found found = find(settings, table);
      Dataset<Row> marked = marked(table, found);
      Dataset<Row> result =
          drop
              ? marked
                  .where(col(NearDuplicates.DUPLICATE_OF).isNull())
                  .drop(NearDuplicates.DUPLICATE_OF, GROUP_SIZE)
              : marked;
      writer.checkFits(result.schema());
      writer.write(result);
      long written = found.counts().rows() - (drop ? found.duplicates() : 0);
      run.input(table.input(), table.survey());
      VectorTable.record(run, "", found.counts());
      run.put("duplicates", found.duplicates())
          .put("groups", found.groups())
          .put("rowsWritten", written)
          .environment(spark.sparkContext());
      writer.writeManifest(
          result.schema(),
          written,
          ModelAgreement.carriedOver(table.input().roots(), result.schema(), hadoop),
          run.finish());
      writer.commit();
      report(found, drop ? "dropped" : "marked");
      out().printf(Locale.ROOT, "Wrote %,d rows to %s (%s)%n", written, output.path, output.format);
    }
  }

  private Dataset<Row> marked(VectorTable table, NearDuplicates.Found found) {
    Dataset<Row> sizes =
        found.rows().groupBy(NearDuplicates.DUPLICATE_OF).agg(count(lit(1)).plus(1).as(GROUP_SIZE));
    Dataset<Row> duplicates = found.rows().join(sizes, NearDuplicates.DUPLICATE_OF);
    Dataset<Row> representatives =
        sizes.select(
            col(NearDuplicates.DUPLICATE_OF).as(NearDuplicates.ID),
            lit(null)
                .cast(found.rows().schema().apply(NearDuplicates.DUPLICATE_OF).dataType())
                .as(NearDuplicates.DUPLICATE_OF),
            col(GROUP_SIZE));
    Dataset<Row> labels =
        duplicates
            .select(NearDuplicates.ID, NearDuplicates.DUPLICATE_OF, GROUP_SIZE)
            .union(representatives);
    Column size = coalesce(col(GROUP_SIZE), lit(1L));
    return table
        .labelled(input.vectors, labels, found.duplicates() + found.groups())
        .withColumn(GROUP_SIZE, size);
  }

  private void report(NearDuplicates.Found found, String what) {
    long rows = found.counts().rows();
    out().println(VectorTable.line("Rows", found.counts()));
    out()
        .printf(
            Locale.ROOT,
            "Duplicates: %,d of %,d rows (%.1f%%) %s, in %,d groups within %s %s; %,d stay%n",
            found.duplicates(),
            rows,
            100.0 * found.duplicates() / Math.max(1, rows),
            what,
            found.groups(),
            compare.measure,
            threshold,
            rows - found.duplicates());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
