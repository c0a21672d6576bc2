package org.sbertspark.job;

import static org.apache.spark.sql.functions.udf;

import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.job.ClusterAssignment.VectorState;

/**
 * A clustering of a table's rows.
 *
 * @param assigned the rows with cluster, distance and outlier score, all null where the vector
 *     cannot be clustered
 * @param silhouettes of all rows that have a cluster
 * @param selection how the number of clusters was chosen, if it was not given
 */
record Clusters(
    ClusterModel model,
    Dataset<Row> assigned,
    Silhouettes silhouettes,
    Optional<KSelection> selection) {

  /** For fewer vectors the start of a task takes longer than its share of an iteration. */
  private static final int LEAST_ROWS_PER_PARTITION = 2_000;

  /**
   * Clusters.
   *
   * @param rows persisted by the caller: read several times
   * @param vectorColumn of vectors of one length
   * @throws JobException if fewer rows than clusters have a usable vector
   */
  static Clusters of(
      Dataset<Row> rows, String vectorColumn, ClusterOptions options, VectorSurvey survey) {
    if (!options.k.automatic() && options.k.least() > survey.usable()) {
      throw new JobException(
          "Cannot make %s clusters: only %,d of %,d rows have a vector that can be clustered; lower --k"
              .formatted(options.k, survey.usable(), survey.rows()));
    }
    String features = Columns.unused(rows.schema(), "_sbert_features");
    Dataset<Row> usable =
        rows.select(features().apply(Columns.named(vectorColumn)).as(features))
            .filter(Columns.named(features).isNotNull())
            .coalesce(partitions(survey.usable()))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Optional<KSelection> selection =
          options.k.automatic()
              ? Optional.of(KSelection.of(usable, features, options, survey.usable()))
              : Optional.empty();
      int k = selection.map(KSelection::k).orElse(options.k.least());
      ClusterModel model = options.algorithm.fit(usable, features, options, k);
      Silhouettes silhouettes = Silhouettes.of(usable, features, options.distance, model);
      return new Clusters(
          model, assign(rows, vectorColumn, options, model), silhouettes, selection);
    } finally {
      usable.unpersist();
    }
  }

  private static int partitions(long vectors) {
    return (int) Math.min(Integer.MAX_VALUE, 1 + vectors / LEAST_ROWS_PER_PARTITION);
  }

  /**
   * The vectors that can be clustered, as MLlib's; null for the others. KMeans takes arrays too,
   * but not those that could hold a null, as every array that was read from a file.
   */
  static UserDefinedFunction features() {
    return udf(
        (Object value) -> {
          double[] vector = ClusterAssignment.components(value);
          return vector == null || ClusterAssignment.state(vector) != VectorState.USABLE
              ? null
              : Vectors.dense(vector);
        },
        SQLDataTypes.VectorType());
  }

  private static Dataset<Row> assign(
      Dataset<Row> rows, String vectorColumn, ClusterOptions options, ClusterModel model) {
    UserDefinedFunction assignment =
        udf(
            new ClusterAssignment(options.distance, model.centers(), model.rule()),
            ClusterAssignment.TYPE);
    String both = Columns.unused(rows.schema(), "_sbert_assignment");
    Dataset<Row> assigned =
        rows.withColumn(both, assignment.apply(Columns.named(vectorColumn)))
            .withColumn(options.clusterColumn, Columns.named(both).getField("cluster"))
            .withColumn(options.distanceColumn, Columns.named(both).getField("distance"))
            .drop(Columns.named(both));
    Dataset<Row> distances =
        assigned
            .select(options.cluster().as("cluster"), options.distance().as("distance"))
            .filter("cluster is not null")
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      OutlierScore outlier = OutlierScore.of(distances, model.centers().length);
      return assigned.withColumn(
          options.outlierColumn, outlier.of(options.cluster(), options.distance()));
    } finally {
      distances.unpersist();
    }
  }
}
