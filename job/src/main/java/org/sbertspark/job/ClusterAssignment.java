package org.sbertspark.job;

import java.io.Serializable;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;

/**
 * A vector's cluster and the distance to its centre; null for a vector that says nothing of its
 * text: null itself, of length zero, or with a component that is not finite.
 *
 * @param centers {@code [k][dimension]}; with the cosine distance of length one
 * @param rule which of them a vector belongs to
 */
record ClusterAssignment(Distance distance, double[][] centers, Rule rule)
    implements UDF1<Object, Row>, Serializable {

  /** Gives the number of a usable vector's cluster. */
  @FunctionalInterface
  interface Rule extends Serializable {
    int cluster(double[] vector);
  }

  /** The cluster with the nearest centre; of equally near ones the first. */
  record NearestCenter(Distance distance, double[][] centers) implements Rule {
    @Override
    public int cluster(double[] vector) {
      int nearest = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int c = 0; c < centers.length; c++) {
        double d =
            distance == Distance.COSINE ? -dot(vector, centers[c]) : squared(vector, centers[c]);
        if (d < least) {
          least = d;
          nearest = c;
        }
      }
      return nearest;
    }
  }

  /** What the function gives. */
  static final StructType TYPE =
      new StructType()
          .add("cluster", DataTypes.IntegerType, false)
          .add("distance", DataTypes.DoubleType, false);

  /** How far two vectors are from each other. */
  enum Distance implements Choice {
    /** 1 - cos, from 0 to 2. */
    COSINE("cosine", "cosine"),
    /** The length of the difference. */
    EUCLIDEAN("euclidean", "squaredEuclidean");

    /** In MLlib's KMeans. */
    final String measure;

    /** In MLlib's ClusteringEvaluator. */
    final String silhouetteMeasure;

    Distance(String measure, String silhouetteMeasure) {
      this.measure = measure;
      this.silhouetteMeasure = silhouetteMeasure;
    }

    /**
     * How far a vector is from a centre.
     *
     * @param center with the cosine distance of length one
     */
    double between(double[] vector, double[] center) {
      return this == COSINE
          ? Math.max(0, 1 - dot(vector, center) / Math.sqrt(dot(vector, vector)))
          : Math.sqrt(squared(vector, center));
    }

    /** The vector, or with the cosine distance its direction; it is not changed. */
    double[] point(double[] vector) {
      if (this == EUCLIDEAN) {
        return vector;
      }
      double norm = Math.sqrt(dot(vector, vector));
      double[] direction = vector.clone();
      for (int i = 0; i < direction.length; i++) {
        direction[i] /= norm;
      }
      return direction;
    }

    @Override
    public String toString() {
      return label();
    }
  }

  @Override
  public Row call(Object value) {
    double[] vector = components(value);
    if (vector == null || state(vector) != VectorState.USABLE) {
      return null;
    }
    int cluster = rule.cluster(vector);
    return RowFactory.create(cluster, distance.between(vector, centers[cluster]));
  }

  /** Whether a vector can be clustered. */
  enum VectorState {
    USABLE,
    ZERO,
    NOT_FINITE
  }

  static VectorState state(double[] vector) {
    double squares = dot(vector, vector);
    if (!Double.isFinite(squares)) {
      return VectorState.NOT_FINITE;
    }
    return squares == 0 ? VectorState.ZERO : VectorState.USABLE;
  }

  /** The components of an MLlib vector or of a Spark array of numbers; null for null. */
  static double[] components(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Vector vector) {
      return vector.toArray();
    }
    Seq<?> numbers = (Seq<?>) value;
    double[] components = new double[numbers.size()];
    for (int i = 0; i < components.length; i++) {
      Object number = numbers.apply(i);
      // A null inside counts as not finite.
      components[i] = number == null ? Double.NaN : ((Number) number).doubleValue();
    }
    return components;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double squared(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }
}
