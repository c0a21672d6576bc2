package org.sbertspark.evaluation;

import java.util.Comparator;
import java.util.stream.IntStream;

/** What all metrics ask of scores. */
final class Scores {
  private Scores() {}

  /**
   * Refuses scores that cannot be ordered.
   *
   * @param name what they are, for the message
   * @throws IllegalArgumentException if one is NaN
   */
  static void requireNumbers(String name, double[] scores) {
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException(
            "Cannot evaluate %s %d of %d: it is NaN, expected a number"
                .formatted(name, i + 1, scores.length));
      }
    }
  }

  /**
   * Where the scores stand, the largest first; equal ones, 0 and -0 among them, stay in the order
   * given.
   */
  static int[] descending(double[] scores) {
    // Adding 0 makes 0 of -0, which Double.compare tells from it.
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(i -> scores[i] + 0.0).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
