package org.sbertspark.inference;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * libtorch's differentiation on the calling thread: while one of these is open, operations note
 * what their derivative needs. Unlike DJL's collector, of which a JVM can have only one, it leaves
 * gradients to add up until they are forgotten.
 */
public final class Gradients implements AutoCloseable {
  private final boolean before;

  private Gradients(boolean keep) {
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(keep);
  }

  /** Operations can be differentiated until this is closed. */
  public static Gradients kept() {
    return new Gradients(true);
  }

  /** Operations cannot be differentiated until this is closed: arrays may be changed in place. */
  public static Gradients off() {
    return new Gradients(false);
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

  /** A copy that is a constant, or a variable of its own whose gradient can be asked for. */
  public static NDArray variable(NDArray values) {
    NDArray copy = values.stopGradient().duplicate();
    copy.setRequiresGradient(true);
    return copy;
  }

  /** What random numbers follow, such as dropout's: the same for the same seed. */
  public static void seed(long seed) {
    Engine.getEngine("PyTorch").setRandomSeed((int) (seed ^ (seed >>> 32)));
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
