package org.sbertspark.similarity;

import java.io.Serializable;

/**
 * Which neighbours of a row count.
 *
 * @param capacity the nearest so many
 * @param leastNearness none below; {@code -Infinity} for no limit
 */
public record JoinKind(Measure measure, int capacity, double leastNearness)
    implements Serializable {

  /** 16 million: no table of arrays could be larger. */
  private static final int LARGEST_CAPACITY = 1 << 24;

  public JoinKind {
    if (capacity < 1 || capacity > LARGEST_CAPACITY) {
      throw new IllegalArgumentException(
          "Cannot keep %d neighbours of a row, expected 1 to %d"
              .formatted(capacity, LARGEST_CAPACITY));
    }
    if (Double.isNaN(leastNearness)) {
      throw new IllegalArgumentException("Cannot keep neighbours above a threshold that is NaN");
    }
  }

  /** The nearest so many. */
  public static JoinKind nearest(Measure measure, int k) {
    return new JoinKind(measure, k, Double.NEGATIVE_INFINITY);
  }

  /**
   * The nearest so many of those within a threshold.
   *
   * @param threshold the least cosine or dot product, the largest distance
   */
  public static JoinKind within(Measure measure, double threshold, int capacity) {
    return new JoinKind(measure, capacity, measure.nearnessOf(threshold));
  }
}
