package org.sbertspark.inference;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import org.sbertspark.model.Sha256;

/** The arithmetic of the encoder's layers. Weights are stored in float32 whatever it is. */
public enum Precision {
  /** As the reference computes; a text's vector does not depend on its neighbours. */
  FLOAT32(1),

  /**
   * 8-bit integers, on CPUs: faster, and a quarter of the memory for the layers. Ranges are those
   * of a batch, so a text's vector moves a little with its neighbours.
   */
  INT8(0.9),

  /** On CPUs with instructions for it, and on GPUs. */
  BFLOAT16(0.99),

  /** On GPUs: half the memory, and several times as fast as float32 on those with tensor cores. */
  FLOAT16(0.99);

  private final double leastCosine;

  Precision(double leastCosine) {
    this.leastCosine = leastCosine;
  }

  /**
   * The cosine to the float32 vector of a golden text below which a machine (or a model that does
   * not bear this precision) is refused; for {@link #FLOAT32} components are compared as well.
   */
  double leastCosine() {
    return leastCosine;
  }

  /** As users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a label, whatever its case.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Precision of(String label) {
    return Arrays.stream(values())
        .filter(precision -> precision.label().equalsIgnoreCase(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "precision is \"%s\", expected one of %s".formatted(label, labels())));
  }

  /** All labels, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(Precision::label).collect(Collectors.joining(", "));
  }

  /**
   * The fingerprint of the vectors that a model gives in this precision: 64 hexadecimal digits, the
   * model's own in float32.
   */
  String fingerprint(String model) {
    if (this == FLOAT32) {
      return model;
    }
    byte[] both = (model + " " + label()).getBytes(StandardCharsets.US_ASCII);
    return HexFormat.of().formatHex(Sha256.digest().digest(both));
  }

  /**
   * Refuses a kind of device on which nobody should want this precision.
   *
   * @throws IllegalArgumentException with the reason, and what to use
   */
  public void requireSupport(ComputeDevice device) {
    if (this == FLOAT16 && !device.isGpu()) {
      throw new IllegalArgumentException(
          "float16 is for GPUs: most CPUs have no arithmetic for it, and libtorch is slower with it"
              + " there than in float32; use float32 or int8, or a GPU (device cuda)");
    }
    if (this == INT8 && device.isGpu()) {
      throw new IllegalArgumentException(
          "int8 is for CPUs: libtorch has no kernels for it on GPUs; use float16, bfloat16 or"
              + " float32 on %s".formatted(device));
    }
  }

  @Override
  public String toString() {
    return label();
  }
}
