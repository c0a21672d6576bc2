package org.sbertspark.inference;

import java.util.Optional;
import org.sbertspark.model.ModelException;

/**
 * How far computed vectors are from those that were expected. A component that is no number is
 * infinitely far.
 *
 * @param texts how many were compared
 * @param largestDifference of a component, as a share of the expected vector's norm
 * @param largestNormDifference of a norm, as a share of the expected one
 * @param leastCosine between an expected and a computed vector
 * @param meanCosine over all texts
 * @param leastCosineText the place of the text with the least cosine, from 0
 * @param worstText the place of the text with the largest difference, from 0
 * @param sameIds whether the token ids are the expected ones; empty if none were given
 */
public record GoldenReport(
    int texts,
    double largestDifference,
    double largestNormDifference,
    double leastCosine,
    double meanCosine,
    int leastCosineText,
    int worstText,
    Optional<Boolean> sameIds) {
  private static final double SMALLEST_NORM = 1e-12;

  /**
   * Compares row by row.
   *
   * @throws ModelException if the vectors have different lengths
   */
  static GoldenReport compare(float[][] expected, float[][] computed, Optional<Boolean> sameIds) {
    double largestDifference = -1;
    double largestNormDifference = 0;
    double leastCosine = Double.POSITIVE_INFINITY;
    double sumOfCosines = 0;
    int leastCosineText = 0;
    int worstText = 0;
    for (int i = 0; i < expected.length; i++) {
      float[] left = expected[i];
      float[] right = computed[i];
      if (left.length != right.length) {
        throw new ModelException(
            "Cannot compare vectors: those expected have %d components, the model gives %d"
                .formatted(left.length, right.length));
      }
      double leftNorm = Math.sqrt(dot(left, left));
      double rightNorm = Math.sqrt(dot(right, right));
      double scale = Math.max(leftNorm, SMALLEST_NORM);
      double difference = largestDifference(left, right) / scale;
      if (difference > largestDifference) {
        largestDifference = difference;
        worstText = i;
      }
      largestNormDifference =
          Math.max(largestNormDifference, Math.abs(leftNorm - rightNorm) / scale);
      double cosine = cosine(dot(left, right), leftNorm, rightNorm);
      sumOfCosines += cosine;
      // NaN, once there, stays.
      if (Double.isNaN(cosine) || cosine < leastCosine) {
        leastCosine = cosine;
        leastCosineText = i;
      }
    }
    return new GoldenReport(
        expected.length,
        Math.max(0, largestDifference),
        largestNormDifference,
        leastCosine,
        sumOfCosines / expected.length,
        leastCosineText,
        worstText,
        sameIds);
  }

  private static double largestDifference(float[] left, float[] right) {
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      double difference = Math.abs((double) left[i] - right[i]);
      if (Double.isNaN(difference)) {
        return Double.POSITIVE_INFINITY;
      }
      largest = Math.max(largest, difference);
    }
    return largest;
  }

  /** Two zero vectors are the same: 1. */
  private static double cosine(double dot, double leftNorm, double rightNorm) {
    if (leftNorm == 0 || rightNorm == 0) {
      return leftNorm == rightNorm ? 1 : 0;
    }
    return Math.min(1, dot / (leftNorm * rightNorm));
  }

  private static double dot(float[] left, float[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (double) left[i] * right[i];
    }
    return sum;
  }
}
