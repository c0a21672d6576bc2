package org.sbertspark.similarity;

import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.model.ModelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Multiplies matrices and looks through the products. Not thread-safe; one a task.
 *
 * @see ComputeDevice
 */
interface ProductEngine extends AutoCloseable {

  /** A matrix where the engine can use it. */
  interface Matrix extends AutoCloseable {
    int rows();

    @Override
    void close();
  }

  /** Takes a place in a product that is worth a look. */
  @FunctionalInterface
  interface Sink {
    void accept(int row, int column, float product);
  }

  /**
   * Which products are worth a look: those of at least the bound of their row, or of their column.
   * A sink may raise bounds while it takes.
   *
   * @param columns empty if columns do not matter
   * @param triangle whether only places right of the diagonal count
   * @param capacity a product below so many others of its row, and of its column, by more than
   *     {@code slack} is not worth a look, whatever the bounds
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Filter(float[] rows, float[] columns, boolean triangle, int capacity, double slack) {
    /** For columns without bounds of their own. */
    static final float[] NO_COLUMNS = {};
  }

  /** Copies {@code [rows][columns]} values. */
  Matrix load(float[] values, int rows, int columns);

  /** Hands all products of {@code left}'s and {@code right}'s rows to the sink that pass. */
  void scan(Matrix left, Matrix right, Filter filter, Sink sink);

  @Override
  void close();

  /**
   * libtorch on this device; on the CPU netlib's BLAS where libtorch cannot be loaded.
   *
   * @param threads that a product may use
   */
  static ProductEngine open(ComputeDevice device, int threads) {
    try {
      return device.isGpu()
          ? new TorchDeviceProducts(device)
          : new HostProducts(new TorchMultiplication(threads));
    } catch (ModelException e) {
      if (device.isGpu()) {
        throw e;
      }
      Log.LOG.warn("{}; products are computed by netlib, which is slower", e.getMessage());
      return new HostProducts(new BlasMultiplication());
    }
  }

  /** Holds the logger: an interface's fields are public. */
  final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(ProductEngine.class);

    private Log() {}
  }
}
