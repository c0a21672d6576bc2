package org.sbertspark.similarity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;

/** The nearest pairs of all, so many. */
public final class NearestPairs extends PairSink {
  private final int capacity;
  private final double threshold;

  /** The last in the order is at the head. */
  private final PriorityQueue<RowPair> nearest = new PriorityQueue<>(Collections.reverseOrder());

  /**
   * Keeps those that a {@link JoinKind} says.
   *
   * @param kind its capacity is that of the table
   */
  public NearestPairs(JoinKind kind) {
    this.capacity = kind.capacity();
    this.threshold = kind.leastNearness();
  }

  @Override
  double least() {
    return nearest.size() < capacity ? threshold : nearest.element().nearness();
  }

  @Override
  boolean wants(int place, int other) {
    return true;
  }

  @Override
  void take(int place, int other, RowPair pair) {
    add(pair);
  }

  private void add(RowPair pair) {
    if (nearest.size() < capacity) {
      nearest.add(pair);
    } else if (pair.compareTo(nearest.element()) < 0) {
      nearest.remove();
      nearest.add(pair);
    }
  }

  @Override
  public List<RowPair> pairs() {
    return new ArrayList<>(nearest);
  }

  /** The nearest of both. */
  public static List<RowPair> merge(List<RowPair> some, List<RowPair> more, JoinKind kind) {
    NearestPairs merged = new NearestPairs(kind);
    some.forEach(merged::add);
    more.forEach(merged::add);
    return merged.pairs();
  }
}
