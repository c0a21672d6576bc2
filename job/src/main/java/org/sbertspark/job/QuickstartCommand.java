package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.job.ClusterAssignment.Distance;
import org.sbertspark.job.demo.DemoModel;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import org.sbertspark.job.demo.TfIdfBaseline;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The other commands on data that comes with the program. */
@Command(
    name = "quickstart",
    description = {
      "Embeds and clusters a sample corpus of 720 short texts, with a small demo model made on the spot"
          + " or with a model of yours, and compares the clusters with the texts' topics."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class QuickstartCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      defaultValue = "target/quickstart",
      description = "The folder to work in, on this machine. Default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "A model of yours in place of the demo model, as with embed.")
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--k",
      paramLabel = "K",
      defaultValue = "12",
      description =
          "The number of clusters. Default: ${DEFAULT-VALUE}, as many as there are topics.")
  private int k;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = "Of the clusters' random start. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() {
    try {
      Arguments.atLeast("--k", k, 2, "2 clusters or more");
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    Path corpus = folder.resolve("corpus.jsonl");
    Path demoModel = folder.resolve("demo-model");
    Path embeddings = folder.resolve("embeddings");
    Path clusters = folder.resolve("clusters");
    Path report = folder.resolve("report.html");
    String used = model == null ? demoModel.toString() : model;
    try {
      Files.createDirectories(folder);
      SampleCorpus.write(corpus);
      if (model == null) {
        DemoModel.write(demoModel);
      }
    } catch (IOException e) {
      throw new JobException("Cannot write to %s: %s".formatted(folder, e.getMessage()), e);
    }
    out.println("1. Embedding the sample corpus");
    Object http = "--allow-http=" + hub.allowHttp;
    int code = command("embed", "--model", used, http, "--input", corpus, "--output", embeddings);
    if (code != Main.OK) {
      return code;
    }
    out.println();
    out.println("2. Clustering the vectors");
    code =
        command(
            "cluster",
            "--input",
            embeddings,
            "--output",
            clusters,
            "--report",
            report,
            "--k",
            k,
            "--seed",
            seed);
    if (code != Main.OK) {
      return code;
    }
    out.println();
    judge(clusters, out);
    out.println();
    outro(corpus, used, embeddings, clusters, report, out);
    return Main.OK;
  }

  /** Runs one of the other commands as from the command line, in place of what it wrote before. */
  private int command(Object... words) {
    List<String> arguments = new ArrayList<>();
    for (Object word : words) {
      arguments.add(word.toString());
    }
    arguments.addAll(List.of("--mode", "overwrite"));
    return spec.root().commandLine().execute(arguments.toArray(String[]::new));
  }

  private void judge(Path clusters, PrintWriter out) {
    SparkSession spark = Sessions.open(spec);
    Map<Long, Integer> clusterOf = new HashMap<>();
    for (Row row :
        spark.read().parquet(clusters.toString()).select("id", "cluster").collectAsList()) {
      clusterOf.put(row.getLong(0), row.getInt(1));
    }
    List<SampleText> texts = SampleCorpus.texts();
    int[] truth = topics();
    int[] found = texts.stream().mapToInt(text -> clusterOf.get((long) text.id())).toArray();
    out.println(
        "3. Against the texts' topics, which neither the model nor the clustering has seen");
    // From 0 (chance) to 1 (each cluster a topic and each topic a cluster).
    measure(out, "V-measure", ClusteringMetrics.vMeasure(truth, found));
    int[] heldOut = IntStream.range(0, truth.length).filter(i -> texts.get(i).heldOut()).toArray();
    if (model == null) {
      measure(
          out,
          "V-measure of the " + heldOut.length + " texts that the demo model was not made from",
          ClusteringMetrics.vMeasure(select(truth, heldOut), select(found, heldOut)));
    }
    measure(
        out, "V-measure of TF-IDF vectors, clustered in the same way", tfIdf(spark, texts, truth));
  }

  private static void measure(PrintWriter out, String what, double value) {
    out.printf(Locale.ROOT, "%s: %.2f%n", what, value);
  }

  /** The topics as numbers. */
  private static int[] topics() {
    Map<String, Integer> numbers = new HashMap<>();
    return SampleCorpus.topics().stream()
        .mapToInt(topic -> numbers.computeIfAbsent(topic, unseen -> numbers.size()))
        .toArray();
  }

  private double tfIdf(SparkSession spark, List<SampleText> texts, int[] truth) {
    float[][] vectors = TfIdfBaseline.vectors(texts.stream().map(SampleText::text).toList());
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      double[] vector = new double[vectors[i].length];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = vectors[i][d];
      }
      rows.add(RowFactory.create(i, Vectors.dense(vector).compressed()));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.IntegerType)
            .add("embedding", SQLDataTypes.VectorType());
    Dataset<Row> table = spark.createDataFrame(rows, schema).cache();
    ClusterOptions options = new ClusterOptions();
    options.k = ClusterCount.exactly(k);
    options.algorithm = ClusterAlgorithm.KMEANS;
    options.seed = seed;
    options.iterations = 50;
    options.distance = Distance.COSINE;
    options.clusterColumn = "cluster";
    options.distanceColumn = "distance";
    options.outlierColumn = "outlier";
    VectorSurvey survey = VectorSurvey.of(table.select("embedding"), "embedding");
    int[] found = new int[truth.length];
    for (Row row :
        Clusters.of(table, "embedding", options, survey)
            .assigned()
            .select(col("id"), col("cluster"))
            .collectAsList()) {
      found[row.getInt(0)] = row.getInt(1);
    }
    table.unpersist();
    return ClusteringMetrics.vMeasure(truth, found);
  }

  private static int[] select(int[] values, int[] places) {
    return IntStream.of(places).map(place -> values[place]).toArray();
  }

  private static void outro(
      Path corpus, String model, Path embeddings, Path clusters, Path report, PrintWriter out) {
    out.println("Where everything lies");
    out.printf("    texts       %s%n", corpus);
    out.printf("    model       %s%n", model);
    out.printf("    vectors     %s%n", embeddings);
    out.printf("    clusters    %s%n", clusters);
    out.printf("    report      %s  <- open it in a browser%n", report);
    out.println("Next");
    out.println("    with a real model:     submit-scripts/quickstart --model FOLDER");
    out.println(
        "    with texts of yours:   submit-scripts/sbert-spark embed --model FOLDER --input FILE"
            + " --output FOLDER");
    out.println("    what else there is:    submit-scripts/sbert-spark --help");
  }
}
