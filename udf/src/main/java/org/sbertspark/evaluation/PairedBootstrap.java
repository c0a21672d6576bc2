package org.sbertspark.evaluation;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How sure the difference of two systems is that were judged by the same items: the items are drawn
 * anew, with replacement and for both systems the same ones, and the difference is taken each time
 * (Efron and Tibshirani 1993, the percentile interval).
 *
 * @param difference second minus first, on all items
 * @param low lower end of the interval that holds 95% of the differences; NaN if there is none
 * @param high its upper end
 * @param rounds draws on which both systems have a score: a correlation, say, has none on a draw of
 *     equal items; 0 with fewer than {@link #MIN_ITEMS} items
 */
public record PairedBootstrap(double difference, double low, double high, int rounds) {
  /** All draws of a single item are equal: they would say that any difference is sure. */
  public static final int MIN_ITEMS = 2;

  private static final double LEVEL = 0.95;

  /**
   * Draws and compares.
   *
   * @param items of both systems, 1 or more
   * @param first the first system's score on items, named by their places, some several times
   * @param second that of the second system
   * @param rounds draws to make, 1 or more
   */
  public static PairedBootstrap of(
      int items,
      ToDoubleFunction<int[]> first,
      ToDoubleFunction<int[]> second,
      int rounds,
      long seed) {
    if (items < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          "Cannot draw %d times from %d items: expected 1 or more of both"
              .formatted(rounds, items));
    }
    Random random = new Random(seed);
    int[] all = IntStream.range(0, items).toArray();
    double[] differences =
        IntStream.range(0, items < MIN_ITEMS ? 0 : rounds)
            .mapToDouble(
                round -> {
                  int[] drawn = random.ints(items, 0, items).toArray();
                  return second.applyAsDouble(drawn) - first.applyAsDouble(drawn);
                })
            .filter(difference -> !Double.isNaN(difference))
            .sorted()
            .toArray();
    return new PairedBootstrap(
        second.applyAsDouble(all) - first.applyAsDouble(all),
        quantile(differences, (1 - LEVEL) / 2),
        quantile(differences, (1 + LEVEL) / 2),
        differences.length);
  }

  /** Whether there is an interval: at least two items, and a draw with scores. */
  public boolean hasInterval() {
    return rounds > 0;
  }

  /** Whether there is an interval that leaves zero out. */
  public boolean tellsApart() {
    return low > 0 || high < 0;
  }

  /** Between neighbours by their distance, as NumPy has it. */
  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double place = share * (sorted.length - 1);
    double below = sorted[(int) place];
    double above = sorted[Math.min(sorted.length - 1, (int) place + 1)];
    return below + (place - (int) place) * (above - below);
  }
}
