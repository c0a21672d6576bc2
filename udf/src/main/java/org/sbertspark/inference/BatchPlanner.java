package org.sbertspark.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts a window of token sequences into batches: sorted by length, longest first, each under a
 * budget of tokens. Pure and deterministic.
 */
public final class BatchPlanner {
  /**
   * What a padded batch costs beside its tokens, as a share of the budget: 8 tokens on a CPU, where
   * batches of RoBERTa-base's shape cost about 10, and more on a GPU, which wants larger batches. A
   * batch is cut short where that saves more padding.
   */
  private static final int BATCHES_FOR_A_BUDGET = 128;

  private BatchPlanner() {}

  /**
   * For programs that take texts one behind the other: about as few batches as the budget allows,
   * of about the same size, for a small one costs almost as much as a full one.
   *
   * @param lengths tokens of each sequence
   * @param tokenBudget the tokens of a batch stay at or below it; a sequence above it is a batch of
   *     its own
   * @return places in {@code lengths}, each in exactly one batch; sequences of one length are
   *     neighbours
   */
  static List<int[]> unpadded(int[] lengths, int tokenBudget) {
    int[] order = sorted(lengths);
    long left = Arrays.stream(lengths).asLongStream().sum();
    List<int[]> batches = new ArrayList<>();
    int begin = 0;
    while (begin < order.length) {
      long enough = ceilDiv(left, Math.max(1, ceilDiv(left, tokenBudget)));
      int end = begin + 1;
      long size = lengths[order[begin]];
      while (end < order.length
          && (size < enough || lengths[order[end]] == 0)
          && size + lengths[order[end]] <= tokenBudget) {
        size += lengths[order[end++]];
      }
      batches.add(Arrays.copyOfRange(order, begin, end));
      begin = end;
      left -= size;
    }
    return batches;
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }

  /**
   * For programs that take rows as long as the longest. Of all ways to cut the sorted sequences it
   * is the cheapest, in padded tokens and batches; finding it takes as many steps as there are
   * sequences, times those that fit into a batch.
   *
   * @param lengths tokens of each sequence
   * @param tokenBudget rows times longest row of a batch stay at or below it; a sequence above it
   *     is a batch of its own
   * @return places in {@code lengths}, each in exactly one batch; inside a batch the longest is
   *     first
   */
  public static List<int[]> padded(int[] lengths, int tokenBudget) {
    int[] order = sorted(lengths);
    int[] widths = Arrays.stream(order).map(i -> Math.max(1, lengths[i])).toArray();
    int[] ends = ends(widths, tokenBudget);
    List<int[]> batches = new ArrayList<>();
    for (int begin = 0; begin < order.length; begin = ends[begin]) {
      batches.add(Arrays.copyOfRange(order, begin, ends[begin]));
    }
    return batches;
  }

  /** Places, longest sequences first; equal lengths keep their order, so a plan can be repeated. */
  private static int[] sorted(int[] lengths) {
    return IntStream.range(0, lengths.length)
        .boxed()
        .sorted(Comparator.comparingInt((Integer i) -> lengths[i]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
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
