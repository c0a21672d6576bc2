package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.package$;
import org.sbertspark.inference.CpuFeatures;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.GoldenReport;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.model.ModelFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How fast a RoBERTa-base-shaped model embeds, as a share of the machine's own matrix product and
 * beside ONNX Runtime on the same weights, in one run. Alternates between what it compares.
 */
@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description =
        "Embeds real text with a RoBERTa-base-shaped model; compares with sgemm and ONNX Runtime.",
    subcommands = Kernels.class)
public final class Benchmark implements Callable<Integer> {
  /** Texts of the first, unmeasured round. */
  private static final int WARM_UP = 200;

  /** Of a component of a unit vector; both compute in float32. */
  private static final double PARITY = 1e-4;

  /** Below this share of sgemm the peer is not what its makers would get out of it. */
  private static final double FAIR_PEER = 0.95;

  @Option(
      names = "--texts",
      description =
          "A folder of tab-separated files: score, sentence 1, sentence 2. Default: the sample corpus.")
  private Path textsFolder;

  @Option(
      names = "--rows",
      defaultValue = "2000",
      description = "Texts. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--layers",
      defaultValue = "12",
      description = "Of the model; fewer for a quick look. Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--token-budget",
      defaultValue = "512",
      description =
          "Padded tokens of a batch of ONNX Runtime's; of 256 to 2048 the default suits it best."
              + " Default: ${DEFAULT-VALUE}.")
  private int tokenBudget;

  @Option(
      names = "--work",
      defaultValue = "target/benchmark",
      description = "Where model and data lie. Default: ${DEFAULT-VALUE}.")
  private Path work;

  @Option(
      names = "--output",
      description = "A Markdown file to write the results to as well, for committing.")
  private Path output;

  @Option(
      names = "--memory-of",
      paramLabel = "PRECISION",
      description = "Only embeds once on Spark and prints the peak resident memory of doing so.")
  private String memoryOf;

  private SyntheticModel shape;
  private Path model;
  private ModelBundle bundle;
  private List<String> texts;

  /** Real tokens of each text, and so the useful work of a pass. */
  private double flop;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Benchmark()).execute(args));
  }

  /** What is compared. */
  private interface Contender {
    EncodingStats run(List<String> texts) throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    texts = Texts.read(textsFolder, rows);
    shape = SyntheticModel.base(layers);
    model = work.resolve("roberta-base-shaped-" + layers);
    shape.write(model, texts);
    bundle = ModelBundle.of(model);
    if (memoryOf != null) {
      printMemory(Precision.of(memoryOf));
      return 0;
    }
    StringBuilder report = new StringBuilder();
    boolean fair = measure(report);
    report.append(memory());
    System.out.print(report);
    if (output != null) {
      Files.writeString(output, report);
    }
    return fair ? 0 : 1;
  }

  /** Whether the peer was at its best. */
  private boolean measure(StringBuilder report) throws Exception {
    Path onnx = work.resolve("roberta-base-shaped-" + layers + ".onnx");
    Path tokenizer =
        Files.write(work.resolve("tokenizer.json"), ModelFolder.open(model).tokenizerJson());
    if (!Files.exists(onnx)) {
      OnnxModel.write(shape, ModelFolder.open(model).weights(), onnx);
    }
    try (Threads threads = new Threads(Machine.cores());
        OnnxLoop peer = new OnnxLoop(onnx, tokenizer, bundle.maxSeqLength(), tokenBudget, threads);
        OnnxProduct product = new OnnxProduct(work.resolve("product.onnx"), Machine.cores());
        SparkJob spark = new SparkJob(work)) {
      EncoderLoop float32 = new EncoderLoop(bundle.file(), EncoderOptions.DEFAULT, threads);
      var exact = float32.encode(texts);
      flop = Arrays.stream(exact.tokenCounts()).mapToDouble(shape::flop).sum();
      GoldenReport parity = GoldenTexts.compare(exact.vectors(), peer.run(texts).vectors());
      if (!(parity.largestDifference() <= PARITY)) {
        throw new IllegalStateException(
            "ONNX Runtime computes something else: largest difference %.2e, expected at most %.0e"
                .formatted(parity.largestDifference(), PARITY));
      }
      Map<String, Contender> contenders = new LinkedHashMap<>();
      contenders.put("ONNX Runtime loop, float32", given -> peer.run(given).stats());
      contenders.put("encoder loop, float32", float32::run);
      contenders.put("embed on Spark, float32", given -> job(spark, given, Precision.FLOAT32));
      Map<Precision, GoldenReport> quality = new EnumMap<>(Precision.class);
      for (Precision precision : narrow()) {
        EncoderLoop loop =
            new EncoderLoop(
                bundle.file(), EncoderOptions.DEFAULT.withPrecision(precision), threads);
        quality.put(precision, GoldenTexts.compare(exact.vectors(), loop.encode(texts).vectors()));
        contenders.put("encoder loop, " + precision, loop::run);
        contenders.put("embed on Spark, " + precision, given -> job(spark, given, precision));
      }
      spark.write(texts, name(texts));
      List<String> few = texts.subList(0, Math.min(WARM_UP, texts.size()));
      spark.write(few, name(few));
      for (Contender contender : contenders.values()) {
        contender.run(few);
      }
      List<Double> yardsticks = new ArrayList<>();
      Map<String, Measurement> measured = alternate(contenders, product, yardsticks);
      describe(report, peer, yardsticks);
      report.append(Measurement.HEADER);
      measured.values().forEach(measurement -> report.append(measurement.row()));
      return conclude(report, measured, parity, quality);
    }
  }

  /** The precisions below float32 that this machine is made for. */
  private static List<Precision> narrow() {
    return CpuFeatures.here().multipliesBfloat16()
        ? List.of(Precision.INT8, Precision.BFLOAT16)
        : List.of(Precision.INT8);
  }

  private EncodingStats job(SparkJob spark, List<String> given, Precision precision)
      throws IOException {
    return spark.run(model, precision, name(given));
  }

  private static String name(List<String> given) {
    return "texts-" + given.size() + ".parquet";
  }

  private Map<String, Measurement> alternate(
      Map<String, Contender> contenders, OnnxProduct product, List<Double> yardsticks)
      throws Exception {
    Map<String, Measurement> measured = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> measured.put(name, new Measurement(name)));
    double before = gigaflops(product);
    yardsticks.add(before);
    for (int i = 0; i < repetitions; i++) {
      for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
        long start = System.nanoTime();
        EncodingStats stats = contender.getValue().run(texts);
        double seconds = (System.nanoTime() - start) / 1e9;
        double after = gigaflops(product);
        yardsticks.add(after);
        measured.get(contender.getKey()).add(seconds, flop, (before + after) / 2, stats);
        System.err.printf(
            Locale.ROOT, "%d/%d %s: %.1f s%n", i + 1, repetitions, contender.getKey(), seconds);
        before = after;
      }
    }
    return measured;
  }

  /** Of the library that is faster on this machine: on some CPUs one of them uses AVX2 alone. */
  private static double gigaflops(OnnxProduct product) throws Exception {
    return Math.max(Yardstick.gigaflops(Machine.cores()), product.gigaflops());
  }

  private void describe(StringBuilder report, OnnxLoop peer, List<Double> yardsticks)
      throws Exception {
    double[] sorted = yardsticks.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    report.append(
        String.format(
            Locale.ROOT,
            """
            # Speed beside the machine's matrix product and ONNX Runtime

            Made by `submit-scripts/benchmark` in one run, in which all rows alternated.

            - %s; %s; %d cores; Java %s, %s
            - Spark %s, libtorch %s, ONNX Runtime %s
            - model: %d layers of RoBERTa-base's shape, random weights, %,d in all; texts: %,d, each once, from %s; %d repetitions
            - yardstick: sgemm 2048 x 768 x 3072 on all cores, by libtorch or by ONNX Runtime, whichever is faster, before and after each measurement: %.0f GFLOP/s (%.0f-%.0f)
            - useful work: the matrix products of real tokens; padding does not count

            """,
            LocalDate.now(ZoneOffset.UTC),
            Machine.cpu(),
            Machine.cores(),
            Runtime.version(),
            System.getProperty("os.name"),
            package$.MODULE$.SPARK_VERSION(),
            Yardstick.version(),
            peer.version(),
            layers,
            bundle.parameters(),
            texts.size(),
            textsFolder == null ? "the sample corpus" : "the folder given",
            repetitions,
            Measurement.median(sorted),
            sorted[0],
            sorted[sorted.length - 1]));
  }

  private boolean conclude(
      StringBuilder report,
      Map<String, Measurement> measured,
      GoldenReport parity,
      Map<Precision, GoldenReport> quality) {
    Measurement peer = measured.get("ONNX Runtime loop, float32");
    Measurement loop = measured.get("encoder loop, float32");
    Measurement job = measured.get("embed on Spark, float32");
    boolean fair = peer.medianShare() >= FAIR_PEER;
    report.append(
        String.format(
            Locale.ROOT,
            """

            - ONNX Runtime computes the same: largest difference %.1e of the norm. It reached %.0f%% of the yardstick: the comparison %s.
            - embed on Spark over ONNX Runtime loop, float32: %.2f times as fast
            - Spark around the encoder: %+.1f%% time
            - model loads in this JVM: %d, one of each precision
            """,
            parity.largestDifference(),
            100 * peer.medianShare(),
            fair ? "counts" : "does not count, for it should reach 95%",
            peer.medianSeconds() / job.medianSeconds(),
            100 * (job.medianSeconds() / loop.medianSeconds() - 1),
            SharedModels.loads()));
    quality.forEach(
        (precision, cosines) ->
            report.append(
                String.format(
                    Locale.ROOT,
                    "- %s over float32, embed on Spark: %.2f times as fast; cosine to float32 %.4f on"
                        + " average, %.4f at least (random weights: for your model ask `model verify"
                        + " --precision %s`)%n",
                    precision,
                    job.medianSeconds()
                        / measured.get("embed on Spark, " + precision).medianSeconds(),
                    cosines.meanCosine(),
                    cosines.leastCosine(),
                    precision)));
    return fair;
  }

  private void printMemory(Precision precision) throws Exception {
    try (SparkJob spark = new SparkJob(work)) {
      spark.write(texts, name(texts));
      spark.run(model, precision, name(texts));
    }
    System.out.printf(Locale.ROOT, "%.1f%n", Machine.peakResidentGigabytes());
  }

  /** Each in a process of its own, for a peak never falls. */
  private String memory() throws Exception {
    StringBuilder text =
        new StringBuilder(
            "- peak resident memory of a process that does nothing but embed on Spark:");
    List<Precision> precisions = new ArrayList<>(List.of(Precision.FLOAT32));
    precisions.addAll(narrow());
    for (Precision precision : precisions) {
      List<String> command = SameJvm.command(Benchmark.class);
      command.addAll(List.of("--memory-of", precision.label(), "--work", work.toString()));
      command.addAll(List.of("--rows", "" + rows, "--layers", "" + layers));
      if (textsFolder != null) {
        command.addAll(List.of("--texts", textsFolder.toString()));
      }
      text.append(" %s GB in %s;".formatted(SameJvm.lastLine(command), precision));
    }
    text.setCharAt(text.length() - 1, '\n');
    return text.toString();
  }
}
