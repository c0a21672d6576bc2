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
}
