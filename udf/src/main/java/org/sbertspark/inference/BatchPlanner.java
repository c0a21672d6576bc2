package org.sbertspark.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Cuts a window of token sequences into batches: sorted by length, so that little is padded, each
 * under a budget of padded tokens. Pure and deterministic.
 */
final class BatchPlanner {
  private BatchPlanner() {}

  /**
   * Every place of {@code lengths} in exactly one batch, longest batches first.
   *
   * @param lengths tokens of each sequence
   * @param tokenBudget rows times longest row of a batch stay at or below it; a sequence above it
   *     is a batch of its own
   * @return places in {@code lengths}; inside a batch the longest is first
   */
  static List<int[]> plan(int[] lengths, int tokenBudget) {
    Integer[] order = new Integer[lengths.length];
    Arrays.setAll(order, i -> i);
    // A stable sort: equal lengths keep their order, so a plan can be repeated.
    Arrays.sort(order, Comparator.comparingInt((Integer i) -> lengths[i]).reversed());
    List<int[]> batches = new ArrayList<>();
    int begin = 0;
    while (begin < order.length) {
      int longest = Math.max(1, lengths[order[begin]]);
      int rows = Math.max(1, tokenBudget / longest);
      int end = Math.min(order.length, begin + rows);
      batches.add(Arrays.stream(order, begin, end).mapToInt(Integer::intValue).toArray());
      begin = end;
    }
    return batches;
  }
}
