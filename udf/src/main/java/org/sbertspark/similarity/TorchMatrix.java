package org.sbertspark.similarity;

import ai.djl.ndarray.NDArray;

/** A matrix of libtorch's. */
record TorchMatrix(NDArray array) implements ProductEngine.Matrix {
  @Override
  public int rows() {
    return Math.toIntExact(array.getShape().get(0));
  }

  /** Rows from one on to before another, without a copy. */
  NDArray rows(int begin, int end) {
    return array.get(begin + ":" + end);
  }

  @Override
  public void close() {
    array.close();
  }
}
