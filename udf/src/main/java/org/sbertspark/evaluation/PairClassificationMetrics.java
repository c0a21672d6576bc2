package org.sbertspark.evaluation;

/**
 * How well a score tells positive pairs, such as paraphrases, from the others, as
 * sentence-transformers' {@code BinaryClassificationEvaluator} says it; the average precision is
 * scikit-learn's.
 *
 * <p>Accuracy and F1 are the best that a threshold gives; pairs with a larger score are taken for
 * positive. Thresholds lie halfway between neighbours in the order of the scores, so that not all
 * pairs are ever taken for positive. Like the reference this cuts between equal scores too, in the
 * order given: where many scores are equal no real threshold may reach quite as much.
 *
 * @param averagePrecision 0 to 1; 0 without positive pairs, NaN without pairs
 * @param accuracy share of pairs that the best threshold tells right; 0 with fewer than two pairs
 * @param accuracyThreshold the first such threshold from above; NaN if there is none
 * @param f1 the best harmonic mean of precision and recall of the positive pairs; 0 if there are
 *     none, or fewer than two pairs
 * @param precision at the best F1
 * @param recall at the best F1
 * @param f1Threshold the first such threshold from above; NaN if there is none
 */
public record PairClassificationMetrics(
    double averagePrecision,
    double accuracy,
    double accuracyThreshold,
    double f1,
    double precision,
    double recall,
    double f1Threshold) {

  /**
   * Judges the scores of pairs.
   *
   * @param scores larger for pairs that are rather positive: give distances with the other sign,
   *     and take it off the thresholds again
   * @param positive whether each pair is, in the same order
   * @throws IllegalArgumentException if there are not equally many of both, or a score is NaN
   */
  public static PairClassificationMetrics of(double[] scores, boolean[] positive) {
    if (scores.length != positive.length) {
      throw new IllegalArgumentException(
          "Cannot compare %d scores with %d labels: expected one of each per pair"
              .formatted(scores.length, positive.length));
    }
    Scores.requireNumbers("score", scores);
    long positives = 0;
    for (boolean is : positive) {
      positives += is ? 1 : 0;
    }
    int[] order = Scores.descending(scores);
    long found = 0;
    Cut accurate = Cut.NONE;
    Cut balanced = Cut.NONE;
    for (int i = 0; i < order.length - 1; i++) {
      found += positive[order[i]] ? 1 : 0;
      long taken = i + 1L;
      long negativesLeft = (order.length - taken) - (positives - found);
      double threshold = between(scores[order[i]], scores[order[i + 1]]);
      accurate =
          accurate.orIfBetter(
              (double) (found + negativesLeft) / order.length, taken, found, threshold);
      if (found > 0) {
        double precision = (double) found / taken;
        double recall = (double) found / positives;
        balanced =
            balanced.orIfBetter(
                2 * precision * recall / (precision + recall), taken, found, threshold);
      }
    }
    return new PairClassificationMetrics(
        AveragePrecision.of(scores, positive),
        accurate.value,
        accurate.threshold,
        balanced.value,
        balanced.found == 0 ? 0 : (double) balanced.found / balanced.taken,
        balanced.found == 0 ? 0 : (double) balanced.found / positives,
        balanced.threshold);
  }

  /** Also of infinite scores, where the middle of one and its opposite would be NaN. */
  private static double between(double above, double below) {
    return above == below ? above : Math.max(below, Math.min(above, above / 2 + below / 2));
  }

  /**
   * A place to cut the ordered pairs in two.
   *
   * @param taken pairs above it
   * @param found positive ones of those
   */
  private record Cut(double value, long taken, long found, double threshold) {
    static final Cut NONE = new Cut(0, 0, 0, Double.NaN);

    Cut orIfBetter(double value, long taken, long found, double threshold) {
      return value > this.value ? new Cut(value, taken, found, threshold) : this;
    }
  }
}
