package org.sbertspark.inference;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * libtorch's differentiation on the calling thread. Unlike DJL's collector, of which a JVM can have
 * only one, it leaves gradients to add up until they are forgotten.
 */
public final class Gradients {
  private Gradients() {}

  /** Runs operations that can be differentiated: they note what their derivatives need. */
  public static <T> T kept(Supplier<T> operations) {
    return with(true, operations);
  }

  /** Runs operations that cannot be differentiated: parameters may be changed in place. */
  public static <T> T off(Supplier<T> operations) {
    return with(false, operations);
  }

  private static <T> T with(boolean kept, Supplier<T> operations) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(kept);
    try {
      return operations.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /**
   * Adds the derivatives of {@code sum(result * weight)} to the gradients of all that the result
   * was computed from, and drops what it was computed by.
   *
   * @param weight of the result's shape
   */
  public static void backward(NDArray result, NDArray weight) {
    JniUtils.backward((PtNDArray) result, (PtNDArray) weight, false, false);
  }

  /** The derivatives so far; the caller closes it. */
  public static NDArray of(NDArray parameter) {
    return JniUtils.getGradient((PtNDArray) parameter);
  }

  /** Sets the derivatives to zero. */
  public static void forget(NDArray parameter) {
    JniUtils.zeroGrad((PtNDArray) parameter);
  }

  /** A copy whose derivatives can be asked for; it does not know what it was computed from. */
  public static NDArray variable(NDArray values) {
    NDArray copy = values.stopGradient().duplicate();
    copy.setRequiresGradient(true);
    return copy;
  }

  /** What random numbers follow, such as dropout's: the same for the same seed. */
  public static void seed(long seed) {
    Engine.getEngine("PyTorch").setRandomSeed((int) (seed ^ (seed >>> 32)));
  }
}
