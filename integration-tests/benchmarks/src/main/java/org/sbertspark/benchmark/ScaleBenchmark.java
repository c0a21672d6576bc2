package org.sbertspark.benchmark;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How time and memory grow with the rows, and what executors, partitions, skew and width do, with a
 * model so small that Spark's part shows. Every run is the shipped command in processes of its own.
 */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    description = "Embeds growing tables with a tiny model; writes a report in Markdown.")
public final class ScaleBenchmark implements Runnable {
  private static final SyntheticModel TINY = new SyntheticModel(1, 32, 2, 64, 8000);

  /** Of the tables that show skew. */
  private static final int FILES = 10;

  /** Executors in processes of their own, that a real standalone master and workers start. */
  private static final String CLUSTER = "local-cluster[%d,%d,1536]";

  @Option(
      names = "--rows",
      split = ",",
      defaultValue = "10000,100000,1000000",
      description = "Rows of the tables, rising. Default: ${DEFAULT-VALUE}.")
  private List<Long> sizes;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "Of each run. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--work",
      defaultValue = "target/scale",
      description = "Where model and data lie. Default: ${DEFAULT-VALUE}.")
  private Path work;

  @Option(
      names = "--report",
      defaultValue = "integration-tests/benchmarks/scale-results.md",
      description = "The report. Default: ${DEFAULT-VALUE}.")
  private Path report;

  private final int cores = Math.min(2, Runtime.getRuntime().availableProcessors());

  /** A line of a table: what is run, and how it went each time. */
  private record Line(String what, long rows, Supplier<EmbedRun> work, List<EmbedRun> runs) {
    Line(String what, long rows, Supplier<EmbedRun> work) {
      this(what, rows, work, new ArrayList<>());
    }
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new ScaleBenchmark()).execute(args));
  }

  @Override
  public void run() {
    try {
      measure();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void measure() throws IOException {
    Path model = work.resolve("tiny-model");
    TINY.write(model, SampleCorpus.texts().stream().map(SampleText::text).toList());
    // Compiled here, once for all runs.
    ModelBundle.of(model);
    long middle = sizes.get(sizes.size() / 2);
    try (SparkSession spark = LocalSpark.open(cores)) {
      for (long rows : sizes) {
        texts(spark, rows).write().mode("overwrite").parquet(table("rows-" + rows));
      }
      wide(texts(spark, middle)).write().mode("overwrite").parquet(table("wide"));
      Dataset<Row> skewed = skewed(texts(spark, middle / 2));
      skewed.write().mode("overwrite").parquet(table("skewed"));
      skewed.repartition(FILES).write().mode("overwrite").parquet(table("mixed"));
    }
    String local = "local[" + cores + "]";
    String medium = "rows-" + middle;
    List<Line> growth = new ArrayList<>();
    for (long rows : sizes) {
      growth.add(
          new Line("%,d rows".formatted(rows), rows, () -> embed(local, model, "rows-" + rows)));
    }
    List<Line> executors = new ArrayList<>();
    executors.add(new Line("one process, " + local, middle, () -> embed(local, model, medium)));
    for (int[] shape : new int[][] {{1, 2}, {2, 1}}) {
      executors.add(
          new Line(
              "executors x cores: %d x %d".formatted(shape[0], shape[1]),
              middle,
              () -> embed(CLUSTER.formatted(shape[0], shape[1]), model, medium)));
    }
    List<Line> partitions = new ArrayList<>();
    for (int count : new int[] {0, 2, 8, 32, 128}) {
      partitions.add(
          new Line(
              count == 0 ? "chosen" : count + " partitions",
              middle,
              () -> embed(local, model, medium, "--partitions", "" + count)));
    }
    List<Line> skew = new ArrayList<>();
    skew.add(
        new Line("all long texts in one file", middle / 2, () -> embed(local, model, "skewed")));
    skew.add(new Line("the same texts, mixed", middle / 2, () -> embed(local, model, "mixed")));
    skew.add(
        new Line(
            "in one file, the bare stage: a task a file",
            middle / 2,
            () -> bare("skewed", model.toString())));
    skew.add(new Line("mixed, the bare stage", middle / 2, () -> bare("mixed", model.toString())));
    List<Line> width = new ArrayList<>();
    width.add(new Line("the text alone", middle, () -> embed(local, model, medium)));
    width.add(new Line("50 columns beside it", middle, () -> embed(local, model, "wide")));
    width.add(
        new Line("the text alone, copied by Spark, not embedded", middle, () -> bare(medium)));
    width.add(new Line("50 columns beside it, copied", middle, () -> bare("wide")));
    List<Line> twice = new ArrayList<>();
    twice.add(new Line("as they come", middle, () -> embed(local, model, medium)));
    twice.add(new Line("`--dedup`", middle, () -> embed(local, model, medium, "--dedup")));

    for (List<Line> table : List.of(growth, executors, partitions, skew, width, twice)) {
      alternate(table);
    }
    Files.createDirectories(report.toAbsolutePath().getParent());
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(report))) {
      head(out);
      table(out, "Rows", growth);
      linearity(out, growth);
      table(out, "Executors", executors);
      table(out, "Partitions", partitions);
      table(out, "Skew: a tenth of the texts is six times as long", skew);
      table(out, "Width", width);
      widthCosts(out, width);
      table(out, "Duplicates: what --dedup costs where there are none", twice);
    }
    System.out.print(Files.readString(report));
  }

  private String table(String name) {
    return work.resolve(name + ".parquet").toString();
  }

  /** Different texts: a sample text and a number, in files of 50,000 rows. */
  private static Dataset<Row> texts(SparkSession spark, long rows) {
    String[] samples = SampleCorpus.texts().stream().map(SampleText::text).toArray(String[]::new);
    int files = (int) Math.max(1, rows / 50_000);
    return spark
        .range(0, rows, 1, files)
        .withColumn("samples", functions.lit(samples))
        .selectExpr(
            "id",
            "concat(element_at(samples, cast(1 + pmod(xxhash64(id), size(samples)) as int)), ' ', id)"
                + " as text");
  }

  private static Dataset<Row> wide(Dataset<Row> texts) {
    List<String> columns = new ArrayList<>(List.of("*"));
    for (int i = 0; i < 25; i++) {
      columns.add("id * %d as number_%d".formatted(i + 1, i));
      columns.add("concat('value ', id + %d) as string_%d".formatted(i, i));
    }
    return texts.selectExpr(columns.toArray(String[]::new));
  }

  /** In the last file every text is six texts long. */
  private static Dataset<Row> skewed(Dataset<Row> texts) {
    return texts
        .repartitionByRange(FILES, functions.col("id"))
        .selectExpr(
            "id",
            "if(spark_partition_id() = "
                + (FILES - 1)
                + ", repeat(concat(text, ' '), 6), text) as text");
  }

  private EmbedRun embed(String master, Path model, String table, String... more) {
    return EmbedRun.of(master, model, Path.of(table(table)), work.resolve("out"), more);
  }

  /**
   * Spark without {@code embed}.
   *
   * @param more the model, if texts are to be embedded
   */
  private EmbedRun bare(String table, String... more) {
    List<String> command = SameJvm.command(BareSpark.class);
    command.addAll(List.of("" + cores, table(table), work.resolve("out").toString()));
    command.addAll(List.of(more));
    try {
      String[] printed = SameJvm.lastLine(command).split(" ", 2);
      return new EmbedRun(
          Double.parseDouble(printed[0]), Integer.parseInt(printed[1]), 0, 0, Double.NaN);
    } catch (Exception e) {
      throw new IllegalStateException("Cannot run with " + table, e);
    }
  }

  /** Runs all of a table in turn, again and again: what slows the machine down meets all. */
  private void alternate(List<Line> lines) {
    for (int i = 0; i < repetitions; i++) {
      for (Line line : lines) {
        EmbedRun run = line.work.get();
        line.runs.add(run);
        System.err.printf(
            Locale.ROOT, "%d/%d %s: %.1f s%n", i + 1, repetitions, line.what, run.seconds());
      }
    }
  }

  private void head(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "# Scale%n%n%s, %d cores used of %d, Java %s, Spark %s. A RoBERTa of %d layers and %d"
            + " dimensions with random weights: Spark's part shows. %d repetitions, in which"
            + " the lines of a table alternate; the seconds are those of embedding and writing, the"
            + " memory is the largest sum over all processes of a run. Made by `submit-scripts/benchmark scale`.%n",
        LocalDate.now(ZoneOffset.UTC),
        cores,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        org.apache.spark.package$.MODULE$.SPARK_VERSION(),
        TINY.layers(),
        TINY.hidden(),
        repetitions);
  }

  private static void table(PrintWriter out, String title, List<Line> lines) {
    out.printf("%n## %s%n%n", title);
    out.println(
        "| what | seconds: median (min-max) | rows/s | partitions | padding | memory, MB |");
    out.println("|---|---|---|---|---|---|");
    for (Line line : lines) {
      double[] seconds = line.runs.stream().mapToDouble(EmbedRun::seconds).sorted().toArray();
      EmbedRun last = line.runs.get(line.runs.size() - 1);
      long memory = line.runs.stream().mapToLong(EmbedRun::residentBytes).max().orElse(0);
      out.printf(
          Locale.ROOT,
          "| %s | %.1f (%.1f-%.1f) | %,.0f | %d | %s | %s |%n",
          line.what,
          median(line.runs),
          seconds[0],
          seconds[seconds.length - 1],
          line.rows / median(line.runs),
          last.partitions(),
          Double.isNaN(last.paddingShare())
              ? "-"
              : String.format(Locale.ROOT, "%.1f%%", 100 * last.paddingShare()),
          memory == 0 ? "-" : String.format(Locale.ROOT, "%,d", memory / 1_000_000));
    }
  }

  private static void linearity(PrintWriter out, List<Line> growth) {
    if (growth.size() < 2) {
      return;
    }
    Line last = growth.get(growth.size() - 1);
    Line before = growth.get(growth.size() - 2);
    out.printf(
        Locale.ROOT,
        "%n%,d times the rows take %.1f times the seconds.%n",
        last.rows / before.rows,
        median(last.runs) / median(before.runs));
  }

  private static void widthCosts(PrintWriter out, List<Line> width) {
    double embedded = median(width.get(1).runs) - median(width.get(0).runs);
    double copied = median(width.get(3).runs) - median(width.get(2).runs);
    out.printf(
        Locale.ROOT,
        "%n50 columns cost %.1f s; to read and write them, Spark alone needs %.1f s of these.%n",
        embedded,
        copied);
  }

  private static double median(List<EmbedRun> runs) {
    double[] sorted = runs.stream().mapToDouble(EmbedRun::seconds).sorted().toArray();
    return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
        .average()
        .orElse(0);
  }
}
