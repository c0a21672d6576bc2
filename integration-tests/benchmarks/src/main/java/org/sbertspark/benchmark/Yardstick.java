package org.sbertspark.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

/**
 * A float32 matrix product of 2048 x 768 x 3072 on all cores: what the machine can do right now.
 */
final class Yardstick {
  static final int ROWS = 2048;
  static final int INNER = 768;
  static final int COLUMNS = 3072;

  /** Of one product. */
  private static final double FLOP = 2.0 * ROWS * INNER * COLUMNS;

  private static final int PRODUCTS = 40;

  private Yardstick() {}

  /** Of the library that computes it. */
  static String version() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  /** Computes one product. */
  interface Product<E extends Exception> {
    void compute() throws E;
  }

  /** GFLOP/s over forty products of these sizes, after one that does not count. */
  static <E extends Exception> double gigaflops(Product<E> product) throws E {
    product.compute();
    long start = System.nanoTime();
    for (int i = 0; i < PRODUCTS; i++) {
      product.compute();
    }
    return FLOP * PRODUCTS / (System.nanoTime() - start);
  }

  /** What libtorch makes of it. */
  static double gigaflops(int threads) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      JniUtils.setNumThreads(threads);
      NDArray a = manager.randomNormal(new Shape(ROWS, INNER));
      NDArray b = manager.randomNormal(new Shape(INNER, COLUMNS));
      double gigaflops = gigaflops(() -> product(a, b));
      JniUtils.setNumThreads(1);
      return gigaflops;
    }
  }

  private static void product(NDArray a, NDArray b) {
    try (NDArray c = a.matMul(b)) {
      c.getFloat(0, 0);
    }
  }
}
