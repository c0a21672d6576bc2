package org.sbertspark.inference;

import java.io.Serializable;

/**
 * Counts of work done.
 *
 * @param texts texts given
 * @param truncated texts cut to the maximum sequence length
 * @param duplicates texts that were not computed because an equal one in the same window was
 * @param tokens tokens of all texts after truncation, special tokens included, duplicates too
 * @param usefulTokens the part of {@code tokens} that was really computed (duplicates left out)
 * @param computedTokens tokens that went through the model: the useful ones, and padding where the
 *     program is not ours
 * @param batches forward passes
 * @param halvings batches that did not fit into memory and were cut in halves
 */
public record EncodingStats(
    long texts,
    long truncated,
    long duplicates,
    long tokens,
    long usefulTokens,
    long computedTokens,
    long batches,
    long halvings)
    implements Serializable {

  public static final EncodingStats NONE = new EncodingStats(0, 0, 0, 0, 0, 0, 0);

  /** Without halvings. */
  public EncodingStats(
      long texts,
      long truncated,
      long duplicates,
      long tokens,
      long usefulTokens,
      long computedTokens,
      long batches) {
    this(texts, truncated, duplicates, tokens, usefulTokens, computedTokens, batches, 0);
  }

  public EncodingStats plus(EncodingStats other) {
    return new EncodingStats(
        texts + other.texts,
        truncated + other.truncated,
        duplicates + other.duplicates,
        tokens + other.tokens,
        usefulTokens + other.usefulTokens,
        computedTokens + other.computedTokens,
        batches + other.batches,
        halvings + other.halvings);
  }

  public EncodingStats minus(EncodingStats other) {
    return new EncodingStats(
        texts - other.texts,
        truncated - other.truncated,
        duplicates - other.duplicates,
        tokens - other.tokens,
        usefulTokens - other.usefulTokens,
        computedTokens - other.computedTokens,
        batches - other.batches,
        halvings - other.halvings);
  }

  /** Padding as a share of the computed tokens, 0 to 1. */
  public double paddingShare() {
    return computedTokens == 0 ? 0 : (computedTokens - usefulTokens) / (double) computedTokens;
  }
}
