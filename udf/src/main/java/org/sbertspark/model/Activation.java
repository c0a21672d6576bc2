package org.sbertspark.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The activation between the two linear maps of a feed-forward block ({@code hidden_act}). */
public enum Activation {
  /** x * Phi(x), exact. */
  GELU("gelu"),
  RELU("relu"),
  /** The tanh approximation of gelu, under its two names. */
  GELU_TANH("gelu_new", "gelu_pytorch_tanh"),
  /** x * sigmoid(x). */
  SILU("silu", "swish");

  @SuppressWarnings("ImmutableEnumChecker") // List.of is
  private final List<String> names;

  Activation(String... names) {
    this.names = List.of(names);
  }

  static Activation named(String name, String where) {
    for (Activation activation : values()) {
      if (activation.names.contains(name)) {
        return activation;
      }
    }
    throw new ModelException(
        "%s: activation \"%s\" is not supported, expected one of %s"
            .formatted(
                where,
                name,
                Arrays.stream(values())
                    .flatMap(a -> a.names.stream())
                    .collect(Collectors.joining(", "))));
  }
}
