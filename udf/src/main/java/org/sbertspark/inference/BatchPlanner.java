package org.sbertspark.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Cuts a window of token sequences into batches: sorted by length, so that little is padded, each
 * under a budget of padded tokens. Pure and deterministic.
 */
public final class BatchPlanner {
  /**
   * What a batch costs beside its tokens, as a share of the budget: the program's operators are
   * called once more and its weights are read once more. A batch is cut short where that saves more
   * padding. In layers of RoBERTa-base's shape, one thread, the time of a product is that of its
   * tokens and 10 (AVX-512, weights packed) to 60 (AVX-512, not packed) more; 14 with AVX2.
   */
  private static final int BATCHES_FOR_A_BUDGET = 64;

  private BatchPlanner() {}

  /**
   * Every place of {@code lengths} in exactly one batch, longest batches first. Of all ways to cut
   * the sorted sequences it is the cheapest, in padded tokens and batches; finding it takes as many
   * steps as there are sequences, times those that fit into a batch.
   *
   * @param lengths tokens of each sequence
   * @param tokenBudget rows times longest row of a batch stay at or below it; a sequence above it
   *     is a batch of its own
   * @return places in {@code lengths}; inside a batch the longest is first
   */
  public static List<int[]> plan(int[] lengths, int tokenBudget) {
    Integer[] order = new Integer[lengths.length];
    Arrays.setAll(order, i -> i);
    // A stable sort: equal lengths keep their order, so a plan can be repeated.
    Arrays.sort(order, Comparator.comparingInt((Integer i) -> lengths[i]).reversed());
    int[] widths = Arrays.stream(order).mapToInt(i -> Math.max(1, lengths[i])).toArray();
    int[] ends = ends(widths, tokenBudget);
    List<int[]> batches = new ArrayList<>();
    for (int begin = 0; begin < order.length; begin = ends[begin]) {
      batches.add(Arrays.stream(order, begin, ends[begin]).mapToInt(Integer::intValue).toArray());
    }
    return batches;
  }

  /**
   * Where the best batch that begins at each place ends, given that the best ones follow.
   *
   * @param widths falling
   */
  private static int[] ends(int[] widths, int tokenBudget) {
    int batchCost = tokenBudget / BATCHES_FOR_A_BUDGET;
    int[] ends = new int[widths.length];
    // The cost of all batches from a place on.
    long[] costs = new long[widths.length + 1];
    for (int begin = widths.length - 1; begin >= 0; begin--) {
      int rows = Math.max(1, tokenBudget / widths[begin]);
      int last = Math.min(widths.length, begin + rows);
      costs[begin] = Long.MAX_VALUE;
      // Among equal costs the largest batch.
      for (int end = last; end > begin; end--) {
        long cost = batchCost + (long) (end - begin) * widths[begin] + costs[end];
        if (cost < costs[begin]) {
          costs[begin] = cost;
          ends[begin] = end;
        }
      }
    }
    return ends;
  }
}
