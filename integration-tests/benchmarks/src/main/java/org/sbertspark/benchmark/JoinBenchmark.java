package org.sbertspark.benchmark;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.feature.BucketedRandomProjectionLSH;
import org.apache.spark.ml.feature.BucketedRandomProjectionLSHModel;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.ml.ApproximateJoin;
import org.sbertspark.ml.ApproximateSettings;
import org.sbertspark.ml.JoinResult;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.SimilarityJoin;
import org.sbertspark.similarity.Measure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How fast a table is joined with itself, from its files to the written pairs, as a share of the
 * machine's own matrix product in the same run; and how MLlib's locality-sensitive hashing does on
 * a part of it. Writes a table in Markdown.
 */
@Command(
    name = "join-benchmark",
    mixinStandardHelpOptions = true,
    description = "Joins clustered unit vectors with themselves and compares with sgemm.")
public final class JoinBenchmark implements Runnable {
  /** Vectors of a cluster, on average. */
  private static final int CLUSTER_SIZE = 50;

  /** Directions in which the vectors of a cluster differ, and clusters from each other. */
  private static final int INNER_DIMENSION = 32;

  /** By dimension; the same on every executor. */
  private static final Map<Integer, double[][]> BASES = new ConcurrentHashMap<>();

  @Option(names = "--rows", defaultValue = "100000", description = "Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(names = "--dimension", defaultValue = "768", description = "Default: ${DEFAULT-VALUE}.")
  private int dimension;

  @Option(names = "--k", defaultValue = "10", description = "Default: ${DEFAULT-VALUE}.")
  private int k;

  @Option(names = "--block-rows", defaultValue = "4096", description = "Default: ${DEFAULT-VALUE}.")
  private int blockRows;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "Of the exact join. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Option(
      names = "--lsh-rows",
      defaultValue = "2000",
      description = "Rows for MLlib's hashing; 0: none. Default: ${DEFAULT-VALUE}.")
  private int lshRows;

  @Option(
      names = "--work",
      defaultValue = "target/join-benchmark",
      description = "Where the data lie. Default: ${DEFAULT-VALUE}.")
  private Path work;

  @Option(names = "--results", description = "A file to write the results to as well.")
  private Path results;

  private final int cores = Machine.cores();
  private final StringWriter report = new StringWriter();

  public static void main(String[] args) {
    System.exit(new CommandLine(new JoinBenchmark()).execute(args));
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
    SparkSession spark = LocalSpark.open(cores);
    Path input = work.resolve("vectors.parquet");
    vectors(spark).write().mode("overwrite").parquet(input.toString());
    tell(
        "%s, %s, %d cores, Java %s, heap %,d MB, libtorch; %,d unit vectors of %d dimensions, k = %d;"
            + " %d repetitions.%n%n",
        LocalDate.now(ZoneOffset.UTC),
        Machine.cpu(),
        cores,
        Runtime.version(),
        Runtime.getRuntime().maxMemory() >> 20,
        rows,
        dimension,
        k,
        repetitions);
    exact(spark, input);
    approximate(spark, input);
    if (lshRows > 0) {
      hashing(spark, input);
    }
    tell("%nPeak resident memory: %.1f GB.%n", Machine.peakResidentGigabytes());
    spark.stop();
    if (results != null) {
      Files.writeString(results, report.toString());
    }
  }

  /** The same vectors in every run. */
  private Dataset<Row> vectors(SparkSession spark) {
    int d = dimension;
    int clusters = Math.max(1, rows / CLUSTER_SIZE);
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType, false)
            .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false), false);
    return spark
        .range(0, rows, 1, cores * 4)
        .map(
            (MapFunction<Long, Row>) id -> RowFactory.create(id, vector(id, clusters, d)),
            Encoders.row(schema));
  }

  /** A cluster's centre and the row's own part, both in a space of few dimensions, with noise. */
  private static Float[] vector(long id, int clusters, int d) {
    Random row = new Random(id * 7919 + 1);
    Random cluster = new Random(row.nextInt(clusters) * 104729L + 2);
    double[] inner =
        IntStream.range(0, INNER_DIMENSION)
            .mapToDouble(i -> cluster.nextGaussian() + 0.5 * row.nextGaussian())
            .toArray();
    double[] vector = new double[d];
    double[][] base = BASES.computeIfAbsent(d, JoinBenchmark::base);
    for (int i = 0; i < inner.length; i++) {
      for (int c = 0; c < d; c++) {
        vector[c] += inner[i] * base[i][c];
      }
    }
    double norm = Math.sqrt(Arrays.stream(vector).map(v -> v * v).sum());
    return Arrays.stream(vector)
        .mapToObj(v -> (float) (v / norm + 0.2 / Math.sqrt(d) * row.nextGaussian()))
        .toArray(Float[]::new);
  }

  /** Where the few dimensions lie among the many. */
  private static double[][] base(int d) {
    Random random = new Random(3);
    double[][] base = new double[INNER_DIMENSION][d];
    for (double[] direction : base) {
      Arrays.setAll(direction, c -> random.nextGaussian());
    }
    return base;
  }

  private void exact(SparkSession spark, Path input) {
    tell("| what | seconds: median (min-max) | GFLOP/s | sgemm GFLOP/s | share |%n");
    tell("|---|---|---|---|---|%n");
    // Once for the compiler, and for libtorch to be loaded.
    join(spark.read().parquet(input.toString()).limit(5000));
    double[] seconds = new double[repetitions];
    double[] yardsticks = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      double before = Yardstick.gigaflops(cores);
      long start = System.nanoTime();
      join(spark.read().parquet(input.toString()));
      seconds[i] = (System.nanoTime() - start) / 1e9;
      yardsticks[i] = (before + Yardstick.gigaflops(cores)) / 2;
    }
    Arrays.sort(seconds);
    double median = Measurement.median(seconds);
    double yardstick = Measurement.median(yardsticks);
    double gigaflops = (double) dimension * rows * rows / median / 1e9;
    tell(
        "| exact self-join: read, join, write | %.1f (%.1f-%.1f) | %.0f | %.0f | %.0f%% |%n",
        median,
        seconds[0],
        seconds[repetitions - 1],
        gigaflops,
        yardstick,
        100 * gigaflops / yardstick);
  }

  private void join(Dataset<Row> table) {
    JoinSettings settings = JoinSettings.of(Measure.COSINE).withK(k).withBlockRows(blockRows);
    try (JoinResult result = new SimilarityJoin(settings).self(table, "id", "embedding")) {
      result.pairs().write().mode("overwrite").parquet(work.resolve("pairs.parquet").toString());
    }
  }

  private void approximate(SparkSession spark, Path input) {
    JoinSettings settings = JoinSettings.of(Measure.COSINE).withK(k).withBlockRows(blockRows);
    long start = System.nanoTime();
    try (JoinResult result =
        new ApproximateJoin(settings, ApproximateSettings.DEFAULT)
            .self(spark.read().parquet(input.toString()), "id", "embedding")) {
      result.pairs().write().mode("overwrite").parquet(work.resolve("found.parquet").toString());
      double seconds = (System.nanoTime() - start) / 1e9;
      result
          .approximation()
          .ifPresent(
              approximation ->
                  tell(
                      "%nApproximate self-join: %.1f s, recall@%d %.3f on %,d rows, %,d of %,d lists"
                          + " probed, %.1f times less comparisons than exact (%,d to %,d).%n",
                      seconds,
                      k,
                      approximation.recall(),
                      approximation.queries(),
                      approximation.probes(),
                      approximation.lists(),
                      (double) approximation.exact() / result.counts().scored(),
                      result.counts().scored(),
                      approximation.exact()));
    }
  }

  /** MLlib's own way, a query at a time: what it finds of the true neighbours, and at what cost. */
  private void hashing(SparkSession spark, Path input) {
    Dataset<Row> part =
        spark
            .read()
            .parquet(input.toString())
            .filter("id < " + lshRows)
            .repartition(cores)
            .selectExpr("id", "embedding")
            .cache();
    Dataset<Row> table = part.withColumn("v", functions.array_to_vector(part.col("embedding")));
    List<Row> queries = table.orderBy("id").limit(20).collectAsList();
    long start = System.nanoTime();
    BucketedRandomProjectionLSHModel model =
        new BucketedRandomProjectionLSH()
            .setInputCol("v")
            .setOutputCol("hashes")
            .setBucketLength(1)
            .setNumHashTables(5)
            .setSeed(1)
            .fit(table);
    Dataset<Row> hashed = model.transform(table).cache();
    hashed.count();
    int hits = 0;
    int wanted = 0;
    try (JoinResult exact =
        new SimilarityJoin(JoinSettings.of(Measure.EUCLIDEAN).withK(k))
            .self(part, "id", "embedding")) {
      for (Row query : queries) {
        Set<Long> truth = new HashSet<>();
        exact
            .pairs()
            .filter("left_id = " + query.getLong(0))
            .collectAsList()
            .forEach(pair -> truth.add(pair.getLong(1)));
        List<Long> found = new ArrayList<>();
        for (Object row :
            (Object[])
                model.approxNearestNeighbors(hashed, query.<Vector>getAs("v"), k + 1).collect()) {
          found.add(((Row) row).getLong(0));
        }
        wanted += truth.size();
        hits += (int) found.stream().filter(truth::contains).count();
      }
    }
    tell(
        "%nMLlib's BucketedRandomProjectionLSH (5 tables, bucket length 1), %,d rows, one query at a"
            + " time: recall@%d %.2f, %.2f s a query; a whole join would be %,d of them.%n",
        part.count(),
        k,
        wanted == 0 ? 1.0 : (double) hits / wanted,
        (System.nanoTime() - start) / 1e9 / queries.size(),
        part.count());
  }

  private void tell(String format, Object... arguments) {
    String text = String.format(Locale.ROOT, format, arguments);
    System.out.print(text);
    new PrintWriter(report).print(text);
  }
}
