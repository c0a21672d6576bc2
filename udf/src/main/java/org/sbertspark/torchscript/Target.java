package org.sbertspark.torchscript;

import java.util.Locale;

/**
 * A kind of machine and of arithmetic that a program is written for. libtorch refuses a program
 * with an operator that it does not know when it loads it, so alternatives are programs of their
 * own, over the same float32 weights.
 */
public enum Target {
  /** Operators that every libtorch has, on every device; differentiable. */
  PLAIN,
  /** oneDNN linears with the activation or the residual addition fused in: x86-64 and ARM Linux. */
  FUSED,
  /**
   * As {@link #FUSED}, with weights in the layout that oneDNN's kernels read, into which they are
   * brought once, when the program is loaded; else every forward pass rearranges them. Faster with
   * AVX-512, above all for small batches; not with AVX2, whose kernels for that layout are slower.
   */
  PACKED,
  /**
   * The layers' linear maps in 8-bit integers, the rest in float32; CPUs only. Weights are
   * quantised once, when the program is loaded; activations by the range of each batch.
   */
  INT8,
  /**
   * The layers' linear maps and attention in bfloat16, the rest in float32. Weights are rounded
   * once, when the program is loaded.
   */
  BFLOAT16,
  /** As {@link #BFLOAT16}, fused and with weights in oneDNN's layout; CPUs only. */
  PACKED_BFLOAT16,
  /** As {@link #BFLOAT16}, in float16. */
  FLOAT16;

  /** Whether weights are brought into oneDNN's layout when the program is loaded. */
  public boolean isPacked() {
    return this == PACKED || this == PACKED_BFLOAT16;
  }

  /** As it stands in file names. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
