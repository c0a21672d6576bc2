package org.sbertspark.similarity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.similarity.ProductEngine.Matrix;

/** Products by libtorch, read from its own memory. */
final class TorchMultiplication implements HostProducts.Multiplication {
  private final NDManager manager;
  private final int threads;
  private NDArray product;

  /**
   * Loads libtorch, if nobody has yet.
   *
   * @throws org.sbertspark.model.ModelException if that fails
   */
  TorchMultiplication(int threads) {
    this.manager = TorchEngine.newManager(ComputeDevice.CPU);
    this.threads = threads;
  }

  @Override
  public Matrix load(float[] values, int rows, int columns) {
    return new TorchMatrix(manager.create(values, new Shape(rows, columns)));
  }

  @Override
  public HostProducts.Strip multiply(
      Matrix left, int begin, int end, Matrix right, int firstRight) {
    TorchEngine.useThreads(threads);
    free();
    // The allocator gives the memory of the last strip again, while it is in the cache.
    try (NDArray a = ((TorchMatrix) left).rows(begin, end);
        NDArray b = ((TorchMatrix) right).rows(firstRight, right.rows());
        NDArray transposed = b.transpose()) {
      product = a.matMul(transposed);
    }
    FloatBuffer values = product.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    int columns = right.rows() - firstRight;
    return products -> values.get(products, 0, columns);
  }

  private void free() {
    if (product != null) {
      product.close();
      product = null;
    }
  }

  @Override
  public void close() {
    free();
    manager.close();
  }
}
