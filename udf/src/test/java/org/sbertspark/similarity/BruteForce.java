package org.sbertspark.similarity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Neighbours by definition, in double precision. */
final class BruteForce {
  private BruteForce() {}

  /**
   * A neighbour.
   *
   * @param value cosine, dot product or distance
   */
  record Found(RowId id, double value) {}

  /** The neighbours of a row; in a self-join without the row itself. */
  static List<Found> neighbours(
      float[][] left, int row, float[][] right, boolean self, JoinKind kind) {
    List<Found> all = new ArrayList<>();
    for (int other = 0; other < right.length; other++) {
      if (self && other == row) {
        continue;
      }
      double value = value(kind.measure(), left[row], right[other]);
      if (kind.measure().nearnessOf(value) >= kind.leastNearness()) {
        all.add(new Found(RowId.of(other), value));
      }
    }
    Comparator<Found> byValue = Comparator.comparingDouble(Found::value);
    all.sort(
        (kind.measure() == Measure.EUCLIDEAN ? byValue : byValue.reversed())
            .thenComparing(Found::id));
    return all.subList(0, Math.min(all.size(), kind.capacity()));
  }

  static double value(Measure measure, float[] a, float[] b) {
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    double distance = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
      distance += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return switch (measure) {
      case COSINE -> Math.min(1, Math.max(-1, dot / Math.sqrt(squaresA * squaresB)));
      case DOT -> dot;
      case EUCLIDEAN -> Math.sqrt(distance);
    };
  }
}
