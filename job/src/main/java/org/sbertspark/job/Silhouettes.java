package org.sbertspark.job;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import java.io.Serializable;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.stat.Summarizer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.job.ClusterAssignment.Distance;

/**
 * How well rows lie in their clusters, from -1 to 1: for a row with the mean distance a to the
 * others of its cluster and b to the rows of the nearest other cluster, (b - a) / max(a, b); 0 for
 * a row that is alone. The distance is the cosine one or the squared Euclidean one.
 *
 * <p>As MLlib's ClusteringEvaluator defines it, which tells nothing of the single clusters: mean
 * squared distances follow from each cluster's count, sum of vectors and sum of squared norms; and
 * the cosine distance of two vectors is half of the squared distance of their directions.
 *
 * @param sizes rows of each cluster that has any, by the cluster's number
 * @param overall the mean of all rows; empty if all are in one cluster
 * @param byCluster the mean of each cluster's rows; empty if all are in one cluster
 */
record Silhouettes(
    Map<Integer, Long> sizes, Optional<Double> overall, Map<Integer, Double> byCluster) {

  Silhouettes {
    sizes = Collections.unmodifiableMap(new TreeMap<>(sizes));
    byCluster = Collections.unmodifiableMap(new TreeMap<>(byCluster));
  }

  /**
   * Two passes over the vectors.
   *
   * @param vectors all of them usable
   * @param column theirs, as MLlib's vectors
   */
  static Silhouettes of(
      Dataset<Row> vectors, String column, Distance distance, ClusterModel model) {
    ClusterAssignment.Rule rule = model.rule();
    Dataset<Row> clustered =
        vectors.select(
            udf((UDF1<Vector, Integer>) v -> rule.cluster(v.toArray()), DataTypes.IntegerType)
                .apply(Columns.named(column))
                .as("cluster"),
            udf(
                    (UDF1<Vector, Vector>) v -> Vectors.dense(distance.point(v.toArray())),
                    SQLDataTypes.VectorType())
                .apply(Columns.named(column))
                .as("point"));
    Map<Integer, Long> sizes = new TreeMap<>();
    Means means = new Means(model.centers().length);
    for (Row row :
        clustered
            .groupBy("cluster")
            .agg(
                count(lit(1)),
                Summarizer.mean(col("point")),
                avg(
                    udf((UDF1<Vector, Double>) Silhouettes::squares, DataTypes.DoubleType)
                        .apply(col("point"))))
            .collectAsList()) {
      int cluster = row.getInt(0);
      sizes.put(cluster, row.getLong(1));
      means.counts[cluster] = row.getLong(1);
      means.vectors[cluster] = row.<Vector>getAs(2).toArray();
      means.squares[cluster] = row.getDouble(3);
    }
    if (sizes.size() < 2) {
      return new Silhouettes(sizes, Optional.empty(), Map.of());
    }
    Map<Integer, Double> byCluster = new TreeMap<>();
    double sum = 0;
    for (Row row :
        clustered
            .groupBy("cluster")
            .agg(
                avg(
                    udf((UDF2<Integer, Vector, Double>) means::silhouette, DataTypes.DoubleType)
                        .apply(col("cluster"), col("point"))))
            .collectAsList()) {
      byCluster.put(row.getInt(0), row.getDouble(1));
      sum += row.getDouble(1) * sizes.get(row.getInt(0));
    }
    long rows = sizes.values().stream().mapToLong(size -> size).sum();
    return new Silhouettes(sizes, Optional.of(sum / rows), byCluster);
  }

  /** For people. */
  static String format(Optional<Double> silhouette) {
    return silhouette
        .map(s -> String.format(Locale.ROOT, "%.3f", s))
        .orElse("not defined for one cluster");
  }

  private static double squares(Vector vector) {
    double[] components = vector.toArray();
    return ClusterAssignment.dot(components, components);
  }

  /** What the points of each cluster have in common; a cluster without points has no vector. */
  private static final class Means implements Serializable {
    private final long[] counts;
    private final double[][] vectors;

    /** Of the squared norms. */
    private final double[] squares;

    Means(int clusters) {
      counts = new long[clusters];
      vectors = new double[clusters][];
      squares = new double[clusters];
    }

    double silhouette(int own, Vector point) {
      if (counts[own] == 1) {
        return 0;
      }
      double[] x = point.toArray();
      double squaredNorm = ClusterAssignment.dot(x, x);
      double inside = 0;
      double outside = Double.POSITIVE_INFINITY;
      for (int c = 0; c < counts.length; c++) {
        if (counts[c] == 0) {
          continue;
        }
        double mean = squaredNorm + squares[c] - 2 * ClusterAssignment.dot(x, vectors[c]);
        if (c == own) {
          // Without the point itself, whose distance is 0.
          inside = mean * counts[c] / (counts[c] - 1);
        } else {
          outside = Math.min(outside, mean);
        }
      }
      double larger = Math.max(inside, outside);
      return larger > 0 ? (outside - inside) / larger : 0;
    }
  }
}
