package org.sbertspark.similarity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Of the pairs within a threshold so many as connect the same rows: a spanning forest, never more
 * pairs than rows, however many there are within the threshold.
 */
public final class SpanningForest extends PairSink {
  private final double threshold;
  private final List<RowPair> edges = new ArrayList<>();

  /** Of each place another one of its tree, its own at the root. */
  private int[] parents = {};

  /**
   * @param kind its threshold
   */
  public SpanningForest(JoinKind kind) {
    this.threshold = kind.leastNearness();
  }

  @Override
  double least() {
    return threshold;
  }

  @Override
  boolean wants(int place, int other) {
    return root(place) != root(other);
  }

  @Override
  void take(int place, int other, RowPair pair) {
    parents[root(place)] = root(other);
    edges.add(pair);
  }

  private int root(int place) {
    if (place >= parents.length) {
      int known = parents.length;
      parents = Arrays.copyOf(parents, Math.max(place + 1, 2 * known));
      for (int i = known; i < parents.length; i++) {
        parents[i] = i;
      }
    }
    int at = place;
    while (parents[at] != at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }

  @Override
  public List<RowPair> pairs() {
    return new ArrayList<>(edges);
  }
}
