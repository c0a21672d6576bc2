package org.sbertspark.inference;

import java.util.Arrays;

/**
 * Token ids of one forward pass.
 *
 * @param ids of all texts, one text behind the other
 * @param lengths tokens of each text
 */
record TokenBatch(long[] ids, long[] lengths) {

  /** The sequences at these places. */
  static TokenBatch of(long[][] sequences, int[] places) {
    long[] lengths = Arrays.stream(places).mapToLong(place -> sequences[place].length).toArray();
    long[] ids = new long[Math.toIntExact(Arrays.stream(lengths).sum())];
    int begin = 0;
    for (int place : places) {
      System.arraycopy(sequences[place], 0, ids, begin, sequences[place].length);
      begin += sequences[place].length;
    }
    return new TokenBatch(ids, lengths);
  }

  /** Texts. */
  int rows() {
    return lengths.length;
  }

  /** Tokens of the longest text. */
  int longest() {
    return (int) Arrays.stream(lengths).max().orElse(0);
  }

  /** Texts from one on to before another. */
  TokenBatch rows(int begin, int end) {
    int first = (int) Arrays.stream(lengths, 0, begin).sum();
    int behind = first + (int) Arrays.stream(lengths, begin, end).sum();
    return new TokenBatch(
        Arrays.copyOfRange(ids, first, behind), Arrays.copyOfRange(lengths, begin, end));
  }
}
