package org.sbertspark.similarity;

import java.io.Serializable;
import java.util.Comparator;

/**
 * Two rows of one table. In their natural order the nearest come first, equally near ones by their
 * ids.
 *
 * @param first the one with the smaller id
 * @param nearness see {@link Measure}
 */
public record RowPair(RowId first, RowId second, double nearness)
    implements Comparable<RowPair>, Serializable {
  private static final Comparator<RowPair> ORDER =
      Comparator.comparingDouble(RowPair::nearness)
          .reversed()
          .thenComparing(RowPair::first)
          .thenComparing(RowPair::second);

  /** Of two rows in any order. */
  static RowPair of(RowId one, RowId other, double nearness) {
    return one.compareTo(other) < 0
        ? new RowPair(one, other, nearness)
        : new RowPair(other, one, nearness);
  }

  @Override
  public int compareTo(RowPair other) {
    return ORDER.compare(this, other);
  }
}
