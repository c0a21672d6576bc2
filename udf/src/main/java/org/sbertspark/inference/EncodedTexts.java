package org.sbertspark.inference;

/**
 * What an encoder gives for a list of texts: the arrays run parallel to it.
 *
 * @param vectors {@code [texts][dimension]}; equal texts share one array, so do not modify them
 * @param tokenCounts tokens of each text after truncation, special tokens included
 * @param truncated whether the text was longer than the maximum sequence length
 * @param stats what the call cost
 */
public record EncodedTexts(
    float[][] vectors, int[] tokenCounts, boolean[] truncated, EncodingStats stats) {

  /**
   * The stats if each text had been given so many times: all but the first are duplicates.
   *
   * @param times at least 1 each
   */
  public EncodingStats statsOf(long[] times) {
    EncodingStats more = EncodingStats.NONE;
    for (int i = 0; i < times.length; i++) {
      long again = times[i] - 1;
      more =
          more.plus(
              new EncodingStats(
                  again, truncated[i] ? again : 0, again, again * tokenCounts[i], 0, 0, 0));
    }
    return stats.plus(more);
  }
}
