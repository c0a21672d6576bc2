package org.sbertspark.similarity;

import java.util.Arrays;

/**
 * Products in strips that stay in the processor's cache, looked through by the JVM: one comparison
 * a product, which nearly always fails, is cheaper than any pass of the engine over the strip.
 */
final class HostProducts implements ProductEngine {
  /** 8 MB: enough rows for a fast product, and half of a small cache. */
  private static final int STRIP_VALUES = 1 << 21;

  private static final float[] NO_BOUNDS = {};

  /** What multiplies on the CPU. */
  interface Multiplication extends AutoCloseable {
    Matrix load(float[] values, int rows, int columns);

    /**
     * Computes products of some of the left rows with all right rows from one on.
     *
     * @return reads the strip's rows, one after the other, until the next product
     */
    Strip multiply(Matrix left, int begin, int end, Matrix right, int firstRight);

    @Override
    void close();
  }

  /** The products of some rows. */
  @FunctionalInterface
  interface Strip {
    /** Copies the products of the next row. */
    void next(float[] products);
  }

  private final Multiplication multiplication;
  private float[] products = NO_BOUNDS;
  private float[] unreachable = NO_BOUNDS;

  HostProducts(Multiplication multiplication) {
    this.multiplication = multiplication;
  }

  @Override
  public Matrix load(float[] values, int rows, int columns) {
    return multiplication.load(values, rows, columns);
  }

  @Override
  public void scan(Matrix left, Matrix right, Filter filter, Sink sink) {
    float[] columnBounds = filter.columns().length == 0 ? unreachable(right) : filter.columns();
    int step = Math.max(1, STRIP_VALUES / Math.max(1, right.rows()));
    for (int begin = 0; begin < left.rows(); begin += step) {
      int end = Math.min(left.rows(), begin + step);
      // Left of the diagonal there is nothing to compute.
      int first = filter.triangle() ? begin : 0;
      int count = right.rows() - first;
      if (products.length < count) {
        products = new float[right.rows()];
      }
      Strip strip = multiplication.multiply(left, begin, end, right, first);
      for (int row = begin; row < end; row++) {
        strip.next(products);
        int from = filter.triangle() ? row + 1 - first : 0;
        look(row, from, count, first, filter.rows(), columnBounds, sink);
      }
    }
  }

  private void look(
      int row, int from, int to, int first, float[] rowBounds, float[] columnBounds, Sink sink) {
    float bound = rowBounds[row];
    for (int i = from; i < to; i++) {
      float product = products[i];
      if (product >= bound || product >= columnBounds[first + i]) {
        sink.accept(row, first + i, product);
        bound = rowBounds[row];
      }
    }
  }

  private float[] unreachable(Matrix right) {
    if (unreachable.length < right.rows()) {
      unreachable = new float[right.rows()];
      // Not infinity: a product can be that.
      Arrays.fill(unreachable, Float.NaN);
    }
    return unreachable;
  }

  @Override
  public void close() {
    multiplication.close();
  }
}
