package org.sbertspark.inference;

import java.io.Serializable;

/**
 * How to encode.
 *
 * @param maxSeqLength tokens a text may have, special tokens included; 0: as the model says
 * @param tokenBudget padded tokens a forward pass may have; a longer text forms its own batch
 * @param threads threads that one forward pass may use
 * @param prompt put in front of every text; empty for none
 * @param truncateDim components of the vector that are kept, the first ones; 0: all
 * @param normalize whether vectors are scaled to length 1 at the end, after truncation
 * @param precision of the arithmetic
 */
public record EncoderOptions(
    int maxSeqLength,
    int tokenBudget,
    int threads,
    String prompt,
    int truncateDim,
    boolean normalize,
    Precision precision)
    implements Serializable {

  /** 128 to 512 tokens keep the wide intermediate of a base-sized layer in a CPU's cache. */
  public static final int DEFAULT_TOKEN_BUDGET = 512;

  public static final EncoderOptions DEFAULT = new EncoderOptions(0, DEFAULT_TOKEN_BUDGET, 1);

  public EncoderOptions {
    require(maxSeqLength >= 0, "maxSeqLength", maxSeqLength, "0 (the model's own) or more");
    require(tokenBudget >= 1, "tokenBudget", tokenBudget, "at least 1 token");
    require(threads >= 1, "threads", threads, "at least 1");
    require(truncateDim >= 0, "truncateDim", truncateDim, "0 (all components) or more");
  }

  /** Without prompt, the vectors as the model gives them. */
  public EncoderOptions(int maxSeqLength, int tokenBudget, int threads) {
    this(maxSeqLength, tokenBudget, threads, "", 0, false);
  }

  /** In float32. */
  public EncoderOptions(
      int maxSeqLength,
      int tokenBudget,
      int threads,
      String prompt,
      int truncateDim,
      boolean normalize) {
    this(maxSeqLength, tokenBudget, threads, prompt, truncateDim, normalize, Precision.FLOAT32);
  }

  /** The same with this text in front of every text. */
  public EncoderOptions withPrompt(String other) {
    return new EncoderOptions(
        maxSeqLength, tokenBudget, threads, other, truncateDim, normalize, precision);
  }

  /** The same in another precision. */
  public EncoderOptions withPrecision(Precision other) {
    return new EncoderOptions(
        maxSeqLength, tokenBudget, threads, prompt, truncateDim, normalize, other);
  }

  private static void require(boolean ok, String name, int value, String expected) {
    if (!ok) {
      throw new IllegalArgumentException("%s is %d, expected %s".formatted(name, value, expected));
    }
  }
}
