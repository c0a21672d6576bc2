package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.feature.PCA;
import org.apache.spark.ml.feature.PCAModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.job.ClusterAssignment.Distance;

/**
 * A sample of the clustered rows in the plane of their first two principal components; with the
 * cosine distance, of their directions.
 *
 * @param points in no order that means anything
 * @param rows that the sample was drawn from
 * @param explained the share of the sample's variance along x and along y, from 0 to 1
 */
record ClusterMap(List<Point> points, long rows, double[] explained) {
  /** Points that are drawn, about: a page with more gets slow. */
  static final int SAMPLE_ROWS = 20_000;

  /**
   * One row.
   *
   * @param shown what stands for it, perhaps null
   * @param label perhaps null
   */
  record Point(
      double x,
      double y,
      int cluster,
      double distance,
      double outlier,
      String shown,
      String label) {}

  ClusterMap {
    points = List.copyOf(points);
  }

  /**
   * Draws a sample and projects it.
   *
   * @param count of the rows
   */
  static ClusterMap of(ClusterRows rows, long count, ClusterOptions options) {
    Distance distance = options.distance;
    Dataset<Row> sample =
        rows.withVectors()
            .sample(Math.min(1.0, (double) SAMPLE_ROWS / count), options.seed)
            .withColumn(
                "vector",
                udf(
                        (UDF1<Object, Vector>) value -> vector(value, distance),
                        SQLDataTypes.VectorType())
                    .apply(col("vector")))
            .select("cluster", "distance", "outlier", "shown", "label", "vector")
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      PCAModel components =
          new PCA().setK(2).setInputCol("vector").setOutputCol("place").fit(sample);
      List<Point> points =
          components.transform(sample).drop("vector").collectAsList().stream()
              .map(ClusterMap::point)
              .toList();
      double[] explained = components.explainedVariance().toArray();
      // NaN if all vectors are the same.
      return new ClusterMap(
          points, count, Arrays.stream(explained).map(e -> Double.isNaN(e) ? 0 : e).toArray());
    } finally {
      sample.unpersist();
    }
  }

  private static Vector vector(Object value, Distance distance) {
    double[] point = distance.point(ClusterAssignment.components(value));
    // A plane needs two components.
    return Vectors.dense(point.length == 1 ? new double[] {point[0], 0} : point);
  }

  private static Point point(Row row) {
    double[] place = row.<Vector>getAs("place").toArray();
    return new Point(
        place[0],
        place[1],
        row.getInt(0),
        row.getDouble(1),
        row.getDouble(2),
        row.getString(3),
        row.getString(4));
  }
}
