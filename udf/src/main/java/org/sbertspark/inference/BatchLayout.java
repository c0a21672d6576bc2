package org.sbertspark.inference;

import java.util.List;

/** How a program takes the texts of a forward pass. */
enum BatchLayout {
  /** One behind the other: ours. */
  UNPADDED {
    @Override
    List<int[]> plan(int[] lengths, int tokenBudget) {
      return BatchPlanner.unpadded(lengths, tokenBudget);
    }

    @Override
    long tokens(TokenBatch batch) {
      return batch.ids().length;
    }

    @Override
    int middle(TokenBatch batch) {
      int row = 1;
      long before = batch.lengths()[0];
      while (row < batch.rows() - 1 && 2 * before + batch.lengths()[row] <= tokens(batch)) {
        before += batch.lengths()[row++];
      }
      return row;
    }
  },
  /** In rows as long as the longest: those of others. */
  PADDED {
    @Override
    List<int[]> plan(int[] lengths, int tokenBudget) {
      return BatchPlanner.padded(lengths, tokenBudget);
    }

    @Override
    long tokens(TokenBatch batch) {
      return (long) batch.rows() * batch.longest();
    }

    @Override
    int middle(TokenBatch batch) {
      return batch.rows() / 2;
    }
  };

  /** That of a model's program. */
  static BatchLayout of(BundleSpec spec) {
    return spec.ready() == null ? UNPADDED : PADDED;
  }

  /**
   * Cuts a window of token sequences into batches.
   *
   * @param lengths tokens of each sequence
   * @param tokenBudget tokens that a batch of several sequences may have, see {@link #tokens}
   * @return places in {@code lengths}, each in exactly one batch
   */
  abstract List<int[]> plan(int[] lengths, int tokenBudget);

  /** Tokens that the program computes, padding included. */
  abstract long tokens(TokenBatch batch);

  /** Where to cut a batch of at least two texts in halves: texts before this one come first. */
  abstract int middle(TokenBatch batch);
}
