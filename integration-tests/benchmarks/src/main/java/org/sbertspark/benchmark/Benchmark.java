package org.sbertspark.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How fast a RoBERTa-base-shaped model embeds, as a share of the machine's own matrix product in
 * the same run. Alternates between what it compares; prints a table in Markdown.
 */
@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description = "Embeds real text with a RoBERTa-base-shaped model and compares with sgemm.")
public final class Benchmark implements Runnable {
  @Option(
      names = "--texts",
      description =
          "A file or a folder of tab-separated files: score, sentence 1, sentence 2. Default: the sample corpus.")
  private Path texts;

  @Option(
      names = "--rows",
      defaultValue = "2000",
      description = "Texts. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--work",
      defaultValue = "target/benchmark",
      description = "Where model and data lie. Default: ${DEFAULT-VALUE}.")
  private Path work;

  private final int cores = Runtime.getRuntime().availableProcessors();

  public static void main(String[] args) {
    System.exit(new CommandLine(new Benchmark()).execute(args));
  }

  /** Seconds of one repetition, and the yardstick right before it. */
  private record Measured(double seconds, double yardstick) {}

  private interface Work {
    EncodingStats run() throws Exception;
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
    List<String> table = texts();
    SyntheticModel shape = SyntheticModel.BASE;
    Path model = work.resolve("roberta-base-shaped");
    shape.write(model, table);
    ModelBundle bundle = ModelBundle.of(model);
    Path input = work.resolve("texts.parquet");
    SparkSession spark =
        SparkSession.builder()
            .master("local[" + cores + "]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    spark
        .createDataset(table, Encoders.STRING())
        .toDF("text")
        .repartition(cores)
        .write()
        .mode("overwrite")
        .parquet(input.toString());
    long load = System.nanoTime();
    double flop;
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      load = System.nanoTime() - load;
      flop = Arrays.stream(encoder.encode(table).tokenCounts()).mapToDouble(shape::flop).sum();
    }
    List<Measured> bare = new ArrayList<>();
    List<Measured> job = new ArrayList<>();
    EncodingStats bareStats = EncodingStats.NONE;
    EncodingStats jobStats = EncodingStats.NONE;
    for (int i = 0; i < repetitions; i++) {
      double yardstick = Yardstick.gigaflops(cores);
      long start = System.nanoTime();
      bareStats = bare(bundle, table);
      bare.add(new Measured((System.nanoTime() - start) / 1e9, yardstick));
      yardstick = Yardstick.gigaflops(cores);
      start = System.nanoTime();
      jobStats = job(spark, model, input);
      job.add(new Measured((System.nanoTime() - start) / 1e9, yardstick));
    }
    spark.stop();
    print(table.size(), bundle, load / 1e9);
    row("encoder alone, a thread a core", bare, bareStats, flop);
    row("Spark job: read, embed, write", job, jobStats, flop);
    System.out.printf(
        Locale.ROOT,
        "%nModel loads: %d. Peak resident memory: %.1f GB. Spark around the encoder: %+.1f%%.%n",
        SharedModels.loads(),
        Machine.peakResidentKilobytes() / 1e6,
        100 * (median(job) / median(bare) - 1));
  }

  private List<String> texts() throws IOException {
    if (texts == null) {
      return SampleCorpus.texts().stream().map(SampleText::text).limit(rows).toList();
    }
    try (Stream<Path> files = Files.walk(texts)) {
      List<String> sentences = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".tsv")).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          sentences.addAll(Arrays.asList(line.split("\t")).subList(1, 3));
        }
      }
      // Evenly from all files.
      int step = Math.max(1, sentences.size() / rows);
      return java.util.stream.IntStream.range(0, Math.min(rows, sentences.size()))
          .mapToObj(i -> sentences.get(i * step))
          .toList();
    }
  }

  /** The same windows as the job's, on as many threads. */
  private EncodingStats bare(ModelBundle bundle, List<String> table) {
    ExecutorService pool = Executors.newFixedThreadPool(cores);
    try {
      List<Future<EncodingStats>> parts = new ArrayList<>();
      int part = (table.size() + cores - 1) / cores;
      for (int begin = 0; begin < table.size(); begin += part) {
        List<String> window = table.subList(begin, Math.min(begin + part, table.size()));
        parts.add(
            pool.submit(
                () -> {
                  try (SentenceEncoder encoder =
                      SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
                    EncodedTexts encoded = encoder.encode(window);
                    return encoded.stats();
                  }
                }));
      }
      EncodingStats sum = EncodingStats.NONE;
      for (Future<EncodingStats> done : parts) {
        sum = sum.plus(done.get());
      }
      return sum;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      pool.shutdownNow();
    }
  }

  private EncodingStats job(SparkSession spark, Path model, Path input) {
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "benchmark");
    new SentenceEmbedder()
        .setModel(model.toString())
        .setInputCol("text")
        .setOutputCol("embedding")
        .setOutputType("array")
        .transform(spark.read().parquet(input.toString()), stats)
        .write()
        .mode("overwrite")
        .parquet(work.resolve("embeddings.parquet").toString());
    return stats.value().encoding();
  }

  private void print(int count, ModelBundle bundle, double loadSeconds) throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%s, %s, %d cores, Java %s; %,d weights; %,d texts of %s; %d repetitions, alternating;"
            + " model loaded in %.1f s.%n%n",
        LocalDate.now(),
        Machine.cpu(),
        cores,
        Runtime.version(),
        bundle.parameters(),
        count,
        texts == null ? "the sample corpus" : "STS",
        repetitions,
        loadSeconds);
    System.out.println(
        "| what | seconds: median (min-max) | texts/s | tokens/s | GFLOP/s | sgemm GFLOP/s | share |"
            + " padding | folded |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
  }

  private static void row(String what, List<Measured> measured, EncodingStats stats, double flop) {
    double seconds = median(measured);
    double[] sorted = measured.stream().mapToDouble(Measured::seconds).sorted().toArray();
    double yardstick = Machine.median(measured.stream().mapToDouble(Measured::yardstick).toArray());
    double gigaflops = flop / seconds / 1e9;
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f (%.1f-%.1f) | %.1f | %.0f | %.0f | %.0f | %.0f%% | %.1f%% | %d |%n",
        what,
        seconds,
        sorted[0],
        sorted[sorted.length - 1],
        stats.texts() / seconds,
        stats.tokens() / seconds,
        gigaflops,
        yardstick,
        100 * gigaflops / yardstick,
        100 * stats.paddingShare(),
        stats.duplicates());
  }

  private static double median(List<Measured> measured) {
    return Machine.median(measured.stream().mapToDouble(Measured::seconds).toArray());
  }
}
