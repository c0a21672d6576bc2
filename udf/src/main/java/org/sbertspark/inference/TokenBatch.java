package org.sbertspark.inference;

import java.util.Arrays;

/**
 * Token ids of one forward pass.
 *
 * @param ids {@code [rows * width]}, row-major, padded behind
 * @param lengths tokens of each row
 * @param width tokens of the longest row, at least 1
 */
record TokenBatch(long[] ids, long[] lengths, int width) {

  /** The sequences at these places, padded to the longest. */
  static TokenBatch of(long[][] sequences, int[] places, long padTokenId) {
    int width = 1;
    for (int place : places) {
      width = Math.max(width, sequences[place].length);
    }
    long[] ids = new long[places.length * width];
    long[] lengths = new long[places.length];
    for (int row = 0; row < places.length; row++) {
      long[] sequence = sequences[places[row]];
      System.arraycopy(sequence, 0, ids, row * width, sequence.length);
      Arrays.fill(ids, row * width + sequence.length, (row + 1) * width, padTokenId);
      lengths[row] = sequence.length;
    }
    return new TokenBatch(ids, lengths, width);
  }

  int rows() {
    return lengths.length;
  }

  /** Rows from one on to before another, padded to their longest. */
  TokenBatch rows(int begin, int end) {
    long[] some = Arrays.copyOfRange(lengths, begin, end);
    int narrow = (int) Math.max(1, Arrays.stream(some).max().orElse(1));
    long[] own = new long[some.length * narrow];
    for (int row = 0; row < some.length; row++) {
      System.arraycopy(ids, (begin + row) * width, own, row * narrow, narrow);
    }
    return new TokenBatch(own, some, narrow);
  }
}
