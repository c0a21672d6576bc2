package org.sbertspark.inference;

import java.util.List;
import java.util.Locale;
import org.sbertspark.model.ModelException;

/**
 * A few texts with the vectors that the plain program gave where the model was compiled. Whoever
 * loads the bundle computes them again: another processor, library or a damaged file shows at once.
 */
record GoldenTexts(List<String> texts, float[][] vectors) {

  /** Short, empty, beyond ASCII, and longer than most models allow. */
  static final List<String> TEXTS =
      List.of(
          "A quick check that this machine computes what the others do.",
          "",
          "Ünïcödé, 中文, 😀 and 1234567890",
          "long ".repeat(200).strip());

  /** Largest difference of a component, as a share of the vector's norm. */
  static final double TOLERANCE = 1e-5;

  /**
   * Compares with the vectors of this machine.
   *
   * @throws ModelException naming the largest difference
   */
  void verify(float[][] computed, String model, String host) {
    double worst = 0;
    for (int i = 0; i < vectors.length; i++) {
      worst = Math.max(worst, difference(vectors[i], computed[i]));
    }
    // Written so that a NaN fails.
    if (!(worst <= TOLERANCE)) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "Model %s gives other vectors on host %s than where it was compiled: largest difference"
                  + " %.2e of the norm, expected at most %.0e. Remove the model cache there; if that"
                  + " does not help, that machine must not embed",
              model,
              host,
              worst,
              TOLERANCE));
    }
  }

  private static double difference(float[] expected, float[] actual) {
    double norm = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      norm += (double) expected[i] * expected[i];
      double difference = Math.abs((double) expected[i] - actual[i]);
      if (Double.isNaN(difference)) {
        return Double.NaN;
      }
      largest = Math.max(largest, difference);
    }
    return largest / Math.max(Math.sqrt(norm), 1e-12);
  }
}
