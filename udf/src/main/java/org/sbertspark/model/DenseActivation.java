package org.sbertspark.model;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The activation of a Dense module: a class of {@code torch.nn} with its default arguments. */
public enum DenseActivation {
  IDENTITY("Identity"),
  TANH("Tanh"),
  RELU("ReLU"),
  RELU6("ReLU6"),
  LEAKY_RELU("LeakyReLU"),
  ELU("ELU"),
  SELU("SELU"),
  CELU("CELU"),
  GELU("GELU"),
  SILU("SiLU"),
  MISH("Mish"),
  SIGMOID("Sigmoid"),
  LOG_SIGMOID("LogSigmoid"),
  HARD_SIGMOID("Hardsigmoid"),
  HARD_SWISH("Hardswish"),
  HARD_TANH("Hardtanh"),
  SOFTPLUS("Softplus"),
  SOFTSIGN("Softsign"),
  TANHSHRINK("Tanhshrink");

  private final String torchClass;

  DenseActivation(String torchClass) {
    this.torchClass = torchClass;
  }

  String torchClass() {
    return torchClass;
  }

  /**
   * @param dotted such as {@code torch.nn.modules.activation.Tanh}; classes outside of torch.nn are
   *     refused, whatever their last word
   */
  static DenseActivation named(String dotted, String where) {
    for (DenseActivation activation : values()) {
      if (dotted.matches("torch\\.nn\\.(modules\\.[a-z]+\\.)?" + activation.torchClass)) {
        return activation;
      }
    }
    throw new ModelException(
        "%s: activation_function \"%s\" is not supported, expected torch.nn's %s"
            .formatted(
                where,
                dotted,
                Arrays.stream(values())
                    .map(activation -> activation.torchClass)
                    .collect(Collectors.joining(", "))));
  }
}
