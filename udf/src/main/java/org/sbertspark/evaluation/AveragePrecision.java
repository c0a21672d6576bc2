package org.sbertspark.evaluation;

/**
 * The area under the curve of precision over recall, as scikit-learn's {@code
 * average_precision_score} sums it: the precision at each different score times the recall gained
 * there, without interpolation. Equal scores count together, whatever their order.
 */
final class AveragePrecision {
  private AveragePrecision() {}

  /**
   * 0 to 1, or NaN without items.
   *
   * @param scores larger for items that are rather positive
   * @return 0 if no item is positive
   */
  static double of(double[] scores, boolean[] positive) {
    if (scores.length == 0) {
      return Double.NaN;
    }
    int[] order = Scores.descending(scores);
    long found = 0;
    long foundBefore = 0;
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      if (positive[order[i]]) {
        found++;
      }
      boolean last = i == order.length - 1 || scores[order[i + 1]] != scores[order[i]];
      if (last) {
        sum += (found - foundBefore) * ((double) found / (i + 1));
        foundBefore = found;
      }
    }
    return found == 0 ? 0 : sum / found;
  }
}
