package org.sbertspark.evaluation;

import java.util.Locale;

/**
 * The similarities of two vectors that benchmarks judge, in double precision; larger for vectors
 * that are more alike, so that distances have the other sign. Vectors must be equally long.
 */
public enum PairSimilarity {
  /** The cosine of the angle, -1 to 1; 0 if a vector has length zero. */
  COSINE {
    @Override
    double of(float[] a, float[] b) {
      double norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
      return norms == 0 ? 0 : Math.max(-1, Math.min(1, dot(a, b) / norms));
    }
  },

  DOT {
    @Override
    double of(float[] a, float[] b) {
      return dot(a, b);
    }
  },

  /** Minus the length of the difference. */
  EUCLIDEAN {
    @Override
    double of(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        double difference = (double) a[i] - b[i];
        sum += difference * difference;
      }
      return -Math.sqrt(sum);
    }
  },

  /** Minus the sum of the absolute differences. */
  MANHATTAN {
    @Override
    double of(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += Math.abs((double) a[i] - b[i]);
      }
      return -sum;
    }
  };

  /**
   * The similarity of two vectors.
   *
   * @throws IllegalArgumentException if they are not equally long
   */
  public double between(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "Cannot compare vectors of %d and %d components: expected equally many"
              .formatted(a.length, b.length));
    }
    return of(a, b);
  }

  abstract double of(float[] a, float[] b);

  /** In lower case, as reports have it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The value as people know it: a distance without the sign. */
  public double shown(double similarity) {
    return this == EUCLIDEAN || this == MANHATTAN ? -similarity : similarity;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
