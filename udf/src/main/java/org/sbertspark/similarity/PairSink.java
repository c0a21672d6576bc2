package org.sbertspark.similarity;

import java.util.List;

/** Keeps some of the pairs that a {@link PairScan} looks at. Not thread-safe; one a scan. */
public abstract sealed class PairSink permits NearestPairs, SpanningForest {

  /** The least nearness of a pair that can matter; may rise. */
  abstract double least();

  /**
   * Whether a pair of rows can matter at all.
   *
   * @param place of a row among those of the scan, from 0
   */
  abstract boolean wants(int place, int other);

  /** Takes a pair that is wanted, of at least the least nearness. */
  abstract void take(int place, int other, RowPair pair);

  /** What was kept, in any order. */
  public abstract List<RowPair> pairs();
}
