package org.sbertspark.inference;

import java.io.Serializable;

/**
 * How to encode.
 *
 * @param maxSeqLength tokens a text may have, special tokens included; 0: as the model says
 * @param tokenBudget tokens a forward pass may have; a longer text forms its own batch
 * @param threads threads that one forward pass may use
 * @param prompt put in front of every text; empty for none
 * @param truncateDim components of the vector that are kept, the first ones; 0: all
 * @param normalize whether vectors are scaled to length 1 at the end, after truncation
 * @param precision of the arithmetic
 * @param device to compute on
 */
public record EncoderOptions(
    int maxSeqLength,
    int tokenBudget,
    int threads,
    String prompt,
    int truncateDim,
    boolean normalize,
    Precision precision,
    ComputeDevice device)
    implements Serializable {

  /**
   * On CPUs. In RoBERTa-base's shape a batch costs as much time as ten tokens, however large it is;
   * from here on that is under 1%, and 2048 tokens were no faster in any precision.
   */
  public static final int DEFAULT_TOKEN_BUDGET = 1024;

  /**
   * On GPUs, where many tokens at a time keep all multiprocessors at work and calls of kernels few
   * (attention has some for each length of texts in a batch). In a base-sized layer the wide
   * intermediate takes 200 MB of float32 then. Reckoned, not measured.
   */
  public static final int DEFAULT_GPU_TOKEN_BUDGET = 16_384;

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

  /** In float32, on the CPU. */
  public EncoderOptions(
      int maxSeqLength,
      int tokenBudget,
      int threads,
      String prompt,
      int truncateDim,
      boolean normalize) {
    this(
        maxSeqLength,
        tokenBudget,
        threads,
        prompt,
        truncateDim,
        normalize,
        Precision.FLOAT32,
        ComputeDevice.CPU);
  }

  /** The same with this text in front of every text. */
  public EncoderOptions withPrompt(String other) {
    return new EncoderOptions(
        maxSeqLength, tokenBudget, threads, other, truncateDim, normalize, precision, device);
  }

  /** The same in another precision. */
  public EncoderOptions withPrecision(Precision other) {
    return new EncoderOptions(
        maxSeqLength, tokenBudget, threads, prompt, truncateDim, normalize, other, device);
  }

  /** The same on another device; the token budget stays. */
  public EncoderOptions withDevice(ComputeDevice other) {
    return new EncoderOptions(
        maxSeqLength, tokenBudget, threads, prompt, truncateDim, normalize, precision, other);
  }

  /** The token budget for a device where none is asked for. */
  public static int defaultTokenBudget(ComputeDevice device) {
    return device.isGpu() ? DEFAULT_GPU_TOKEN_BUDGET : DEFAULT_TOKEN_BUDGET;
  }

  private static void require(boolean ok, String name, int value, String expected) {
    if (!ok) {
      throw new IllegalArgumentException("%s is %d, expected %s".formatted(name, value, expected));
    }
  }
}
