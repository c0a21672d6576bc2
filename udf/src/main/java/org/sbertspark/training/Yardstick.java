package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** What a machine can do: its plain matrix product in float32. */
final class Yardstick {
  private static final int ROWS = 2048;
  private static final int INNER = 768;
  private static final int COLUMNS = 3072;
  private static final int REPETITIONS = 3;

  private Yardstick() {}

  /** The median of a few products, in 10^9 floating-point operations a second. */
  static double gflops(NDManager arrays) {
    double[] seconds = new double[REPETITIONS];
    try (NDManager scope = arrays.newSubManager()) {
      NDArray left = scope.randomUniform(-1, 1, new Shape(ROWS, INNER));
      NDArray right = scope.randomUniform(-1, 1, new Shape(INNER, COLUMNS));
      for (int i = -1; i < REPETITIONS; i++) {
        long start = System.nanoTime();
        try (NDArray product = left.matMul(right);
            NDArray corner = product.get(0, 0)) {
          // Fetched: a GPU computes while the program runs on.
          corner.getFloat();
        }
        if (i >= 0) {
          seconds[i] = (System.nanoTime() - start) / 1e9;
        }
      }
    }
    Arrays.sort(seconds);
    return 2.0 * ROWS * INNER * COLUMNS / seconds[REPETITIONS / 2] / 1e9;
  }
}
