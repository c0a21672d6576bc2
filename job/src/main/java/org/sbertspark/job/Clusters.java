package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.udf;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.evaluation.ClusteringEvaluator;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.job.ClusterAssignment.VectorState;

/**
 * A clustering by MLlib's KMeans (k-means||), with what one wants to see of it.
 *
 * @param assigned the rows with cluster and distance, both null where the vector cannot be
 *     clustered
 * @param sizes rows of each cluster by its number
 * @param silhouette from -1 to 1; empty if all rows are in one cluster
 */
record Clusters(
    KMeansModel model,
    Dataset<Row> assigned,
    ClusterOptions options,
    Map<Integer, Long> sizes,
    Optional<Double> silhouette) {

  private static final int EXAMPLES = 3;
  private static final int EXAMPLE_CHARACTERS = 100;

  /**
   * @param rows persisted by the caller: read several times
   * @param vectorColumn of vectors of one length
   * @throws JobException if fewer rows than clusters have a usable vector
   */
  static Clusters of(
      Dataset<Row> rows, String vectorColumn, ClusterOptions options, VectorSurvey survey) {
    if (options.k > survey.usable()) {
      throw new JobException(
          "Cannot make %,d clusters: only %,d of %,d rows have a vector that can be clustered; lower --k"
              .formatted(options.k, survey.usable(), survey.rows()));
    }
    String features = Columns.unused(rows.schema(), "_sbert_features");
    Dataset<Row> usable =
        rows.select(features().apply(Columns.named(vectorColumn)).as(features))
            .filter(Columns.named(features).isNotNull())
            .persist(StorageLevel.MEMORY_AND_DISK());
    KMeansModel model =
        new KMeans()
            .setK(options.k)
            .setSeed(options.seed)
            .setMaxIter(options.iterations)
            .setDistanceMeasure(options.distance.measure)
            .setFeaturesCol(features)
            .setPredictionCol(options.clusterColumn)
            .fit(usable);
    double[][] centers =
        Arrays.stream(model.clusterCenters()).map(Vector::toArray).toArray(double[][]::new);
    UserDefinedFunction assign =
        udf(new ClusterAssignment(options.distance, centers), ClusterAssignment.TYPE);
    String both = Columns.unused(rows.schema(), "_sbert_assignment");
    Dataset<Row> assigned =
        rows.withColumn(both, assign.apply(Columns.named(vectorColumn)))
            .withColumn(options.clusterColumn, Columns.named(both).getField("cluster"))
            .withColumn(options.distanceColumn, Columns.named(both).getField("distance"))
            .drop(Columns.named(both));
    Map<Integer, Long> sizes =
        sizes(assigned.filter(Columns.named(options.clusterColumn).isNotNull()), options);
    Optional<Double> silhouette =
        sizes.size() < 2
            ? Optional.empty()
            : Optional.of(
                new ClusteringEvaluator()
                    .setFeaturesCol(features)
                    .setPredictionCol(options.clusterColumn)
                    .setDistanceMeasure(options.distance.silhouetteMeasure)
                    .evaluate(model.transform(usable)));
    usable.unpersist();
    return new Clusters(model.setFeaturesCol(vectorColumn), assigned, options, sizes, silhouette);
  }

  /**
   * The vectors that can be clustered, as MLlib's; null for the others. KMeans takes arrays too,
   * but not those that could hold a null, as every array that was read from a file.
   */
  private static UserDefinedFunction features() {
    return udf(
        (Object value) -> {
          double[] vector = ClusterAssignment.components(value);
          return vector == null || ClusterAssignment.state(vector) != VectorState.USABLE
              ? null
              : Vectors.dense(vector);
        },
        SQLDataTypes.VectorType());
  }

  /** Rows of each cluster, in the order of the clusters' numbers. */
  private static Map<Integer, Long> sizes(Dataset<Row> clustered, ClusterOptions options) {
    Map<Integer, Long> sizes = new LinkedHashMap<>();
    Column cluster = Columns.named(options.clusterColumn);
    for (Row row : clustered.groupBy(cluster).count().orderBy(cluster).collectAsList()) {
      sizes.put(row.getInt(0), row.getLong(1));
    }
    return sizes;
  }

  /**
   * The rows nearest to each centre, nearest first.
   *
   * @param shown what to show of a row
   */
  Map<Integer, List<String>> examples(Column shown) {
    Column cluster = Columns.named(options.clusterColumn);
    Column distance = Columns.named(options.distanceColumn);
    Map<Integer, List<String>> examples = new LinkedHashMap<>();
    assigned
        .filter(cluster.isNotNull())
        .select(cluster.as("cluster"), distance.as("distance"), shown.as("shown"))
        // The text as well: among rows equally near the choice must not be left to chance.
        .withColumn(
            "rank",
            row_number().over(Window.partitionBy("cluster").orderBy(col("distance"), col("shown"))))
        .filter(col("rank").leq(EXAMPLES))
        .orderBy("cluster", "rank")
        .collectAsList()
        .forEach(
            row ->
                examples
                    .computeIfAbsent(row.getInt(0), unseen -> new ArrayList<>())
                    .add(shortened(row.getString(2))));
    return examples;
  }

  private static String shortened(String text) {
    String line = text == null ? "(null)" : text.replaceAll("\\s+", " ").strip();
    return line.codePointCount(0, line.length()) <= EXAMPLE_CHARACTERS
        ? line
        : line.substring(0, line.offsetByCodePoints(0, EXAMPLE_CHARACTERS - 3)) + "...";
  }

  /** Sizes, examples and silhouette, largest cluster first. */
  void print(PrintWriter out, Column shown) {
    Map<Integer, List<String>> examples = examples(shown);
    sizes.entrySet().stream()
        .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
        .forEach(
            size -> {
              out.printf(Locale.ROOT, "Cluster %d: %,d rows%n", size.getKey(), size.getValue());
              examples.get(size.getKey()).forEach(example -> out.printf("    %s%n", example));
            });
    out.printf(
        "Silhouette: %s%n",
        silhouette
            .map(s -> String.format(Locale.ROOT, "%.3f", s))
            .orElse("not defined for one cluster"));
  }
}
