package org.sbertspark.similarity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.TorchEngine;

/**
 * Products on a GPU, looked through there: only the places that pass come back. A strip's bounds
 * are first raised to what the strip itself tells, so that few pass from the beginning.
 */
final class TorchDeviceProducts implements ProductEngine {
  /** 256 MB. */
  private static final int STRIP_VALUES = 1 << 26;

  private final NDManager manager;

  /**
   * Loads libtorch, if nobody has yet.
   *
   * @throws org.sbertspark.model.ModelException if that fails, or if there is no such GPU
   */
  TorchDeviceProducts(ComputeDevice device) {
    this.manager = TorchEngine.newManager(device);
  }

  @Override
  public Matrix load(float[] values, int rows, int columns) {
    return new TorchMatrix(manager.create(values, new Shape(rows, columns)));
  }

  @Override
  public void scan(Matrix left, Matrix right, Filter filter, Sink sink) {
    int step = Math.max(1, STRIP_VALUES / Math.max(1, right.rows()));
    for (int begin = 0; begin < left.rows(); begin += step) {
      int end = Math.min(left.rows(), begin + step);
      try (NDManager strip = manager.newSubManager()) {
        scan((TorchMatrix) left, begin, end, (TorchMatrix) right, filter, sink, strip);
      }
    }
  }

  private static void scan(
      TorchMatrix left,
      int begin,
      int end,
      TorchMatrix right,
      Filter filter,
      Sink sink,
      NDManager memory) {
    NDList inputs = new NDList(left.rows(begin, end), right.array().transpose());
    inputs.attach(memory);
    NDArray products = inputs.get(0).matMul(inputs.get(1));
    NDArray rowBounds = memory.create(Arrays.copyOfRange(filter.rows(), begin, end));
    NDArray passes = products.gte(raised(rowBounds, products, filter).reshape(-1, 1));
    if (filter.columns().length > 0) {
      NDArray columnBounds = memory.create(filter.columns());
      NDArray transposed = products.transpose();
      passes =
          passes.logicalOr(products.gte(raised(columnBounds, transposed, filter).reshape(1, -1)));
    }
    NDArray places = passes.nonzero();
    long[] at = places.toLongArray();
    float[] values = products.get(passes).toFloatArray();
    for (int i = 0; i < values.length; i++) {
      int row = begin + (int) at[2 * i];
      int column = (int) at[2 * i + 1];
      if (filter.triangle() && column <= row) {
        continue;
      }
      boolean worth =
          values[i] >= filter.rows()[row]
              || (filter.columns().length > 0 && values[i] >= filter.columns()[column]);
      if (worth) {
        sink.accept(row, column, values[i]);
      }
    }
  }

  /** Bounds of a matrix' rows, no smaller than what their best products in it leave room for. */
  private static NDArray raised(NDArray bounds, NDArray products, Filter filter) {
    // One of them may be the row with itself.
    int better = filter.triangle() ? filter.capacity() + 1 : filter.capacity();
    if (better > products.getShape().get(1)) {
      return bounds;
    }
    NDArray best = products.topK(better, 1, true, true).get(0);
    return bounds.maximum(best.get(":, -1").sub((float) filter.slack()));
  }

  @Override
  public void close() {
    manager.close();
  }
}
