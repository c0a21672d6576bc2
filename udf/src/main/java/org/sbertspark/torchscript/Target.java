package org.sbertspark.torchscript;

import java.util.Locale;

/**
 * A kind of machine that a program is written for. libtorch refuses a program with an operator that
 * it does not know when it loads it, so alternatives are programs of their own, over the same
 * weights.
 */
public enum Target {
  /** Operators that every libtorch has; differentiable. */
  PLAIN,
  /** oneDNN linears with the activation or the residual addition fused in: x86-64 and ARM Linux. */
  FUSED;

  /** As it stands in file names. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
