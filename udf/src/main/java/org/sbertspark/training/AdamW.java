package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.sbertspark.inference.Gradients;
import org.sbertspark.inference.TrainableEncoder.TrainedParameter;
import org.sbertspark.model.Tensor;

/**
 * Adam with decoupled weight decay as transformers 4.7 has it: bias correction, and the decay after
 * the step, as {@code p -= lr * decay * p}. Biases and layer norms do not decay. For one thread.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter, decoupled weight decay</a>
 */
final class AdamW implements AutoCloseable {
  private static final float BETA_1 = 0.9f;
  private static final float BETA_2 = 0.999f;
  private static final float EPSILON = 1e-6f;

  /** As torch.nn.utils.clip_grad_norm_ adds to the norm. */
  private static final double CLIP_EPSILON = 1e-6;

  /** Parameters whose name contains one of these do not decay; old checkpoints' names beside. */
  private static final List<String> NO_DECAY =
      List.of("bias", "LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.beta");

  private final NDManager arrays;
  private final List<State> states = new ArrayList<>();
  private final double weightDecay;

  /**
   * @param mean running mean of the gradient
   * @param variance running mean of its square
   */
  record State(TrainedParameter parameter, NDArray mean, NDArray variance, boolean decays) {}

  AdamW(List<TrainedParameter> parameters, NDManager arrays, double weightDecay) {
    this.arrays = arrays.newSubManager();
    this.weightDecay = weightDecay;
    for (TrainedParameter parameter : parameters) {
      states.add(
          new State(
              parameter,
              this.arrays.zeros(parameter.values().getShape()),
              this.arrays.zeros(parameter.values().getShape()),
              parameter.stored().parts().stream().allMatch(AdamW::decays)));
    }
  }

  private static boolean decays(Tensor tensor) {
    return NO_DECAY.stream().noneMatch(tensor.name()::contains);
  }

  /** In the order of the parameters. */
  List<State> states() {
    return states;
  }

  /** Whether all parameters and moments are finite: a look at each number. */
  boolean isFinite() {
    return Gradients.off(
        () ->
            states.stream()
                .allMatch(
                    state ->
                        isFinite(state.parameter.values())
                            && isFinite(state.mean)
                            && isFinite(state.variance)));
  }

  private static boolean isFinite(NDArray values) {
    // Infinity times 0 is NaN.
    try (NDArray zeros = values.mul(0);
        NDArray sum = zeros.sum()) {
      return sum.getFloat() == 0;
    }
  }

  /** The Euclidean norm of all gradients together. */
  double gradientNorm() {
    double squares = 0;
    for (State state : states) {
      try (NDArray gradient = Gradients.of(state.parameter.values());
          NDArray norm = gradient.norm()) {
        double value = norm.getFloat();
        squares += value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /**
   * Changes the parameters by their gradients, which it scales down and forgets.
   *
   * @param step from 1 on
   * @param norm {@link #gradientNorm()}
   * @param maxNorm to which gradients are scaled down; 0: never
   */
  void step(long step, double learningRate, double norm, double maxNorm) {
    double clip = maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + CLIP_EPSILON));
    double corrected =
        learningRate
            * Math.sqrt(1 - Math.pow(BETA_2, (double) step))
            / (1 - Math.pow(BETA_1, (double) step));
    Gradients.off(
        () -> {
          for (State state : states) {
            step(state, learningRate, corrected, clip);
          }
          return null;
        });
  }

  private void step(State state, double learningRate, double corrected, double clip) {
    NDArray values = state.parameter.values();
    try (NDArray gradient = Gradients.of(values)) {
      // Without its own decay, which comes before the step.
      values
          .getNDArrayInternal()
          .adamUpdate(
              new NDList(values, gradient, state.mean, state.variance),
              new NDList(values),
              (float) learningRate,
              (float) corrected,
              0f,
              (float) clip,
              -1f,
              BETA_1,
              BETA_2,
              EPSILON,
              false,
              true);
    }
    if (state.decays && weightDecay > 0) {
      values.muli((float) (1 - learningRate * weightDecay));
    }
    Gradients.forget(values);
  }

  @Override
  public void close() {
    arrays.close();
  }
}
