package org.sbertspark.evaluation;

import java.util.Arrays;

/**
 * How well scores agree with human judgement, as SciPy defines it: the metrics of semantic textual
 * similarity (STS).
 *
 * <p>A correlation is NaN where there is none: with fewer than two items, or if all of one side are
 * equal.
 *
 * @param spearman correlation of the ranks, -1 to 1; equal values share the mean of their ranks
 * @param pearson correlation of the values, -1 to 1
 */
public record Correlation(double spearman, double pearson) {

  /**
   * Correlates two values of each item.
   *
   * @param gold what people say
   * @param scores what is judged, in the same order
   * @throws IllegalArgumentException if there are not equally many of both, one is NaN, or one is
   *     infinite
   */
  public static Correlation of(double[] gold, double[] scores) {
    if (gold.length != scores.length) {
      throw new IllegalArgumentException(
          "Cannot correlate %d gold scores with %d scores: expected one of each per item"
              .formatted(gold.length, scores.length));
    }
    requireFinite("gold score", gold);
    requireFinite("score", scores);
    return new Correlation(pearson(ranks(gold), ranks(scores)), pearson(gold, scores));
  }

  private static void requireFinite(String name, double[] values) {
    Scores.requireNumbers(name, values);
    for (double value : values) {
      if (Double.isInfinite(value)) {
        throw new IllegalArgumentException(
            "Cannot correlate a %s of %s: expected a finite number".formatted(name, value));
      }
    }
  }

  private static double pearson(double[] a, double[] b) {
    if (isConstant(a) || isConstant(b)) {
      return Double.NaN;
    }
    double[] x = centred(a);
    double[] y = centred(b);
    double correlation = dot(x, y) / Math.sqrt(dot(x, x)) / Math.sqrt(dot(y, y));
    return Math.max(-1, Math.min(1, correlation));
  }

  /** Asked of the values themselves: the mean of equal values may differ from them by rounding. */
  private static boolean isConstant(double[] values) {
    for (double value : values) {
      if (value != values[0]) {
        return false;
      }
    }
    return true;
  }

  /** Scaled to at most 1 before, which no correlation minds: squares of huge values overflow. */
  private static double[] centred(double[] values) {
    double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
    double[] scaled = Arrays.stream(values).map(value -> value / largest).toArray();
    double mean = Arrays.stream(scaled).sum() / scaled.length;
    return Arrays.stream(scaled).map(value -> value - mean).toArray();
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** From 0 for the largest; the correlation minds neither the start nor the direction. */
  private static double[] ranks(double[] values) {
    int[] order = Scores.descending(values);
    double[] ranks = new double[values.length];
    int start = 0;
    while (start < order.length) {
      int end = start + 1;
      while (end < order.length && values[order[end]] == values[order[start]]) {
        end++;
      }
      for (int i = start; i < end; i++) {
        ranks[order[i]] = (start + end - 1) / 2.0;
      }
      start = end;
    }
    return ranks;
  }
}
