package org.sbertspark.similarity;

import dev.ludovic.netlib.blas.BLAS;
import org.sbertspark.similarity.ProductEngine.Matrix;

/** Products by the BLAS that MLlib uses: native if the machine has one, else Java's. */
final class BlasMultiplication implements HostProducts.Multiplication {
  private final BLAS blas = BLAS.getInstance();
  private float[] strip = {};

  /** {@code [rows][columns]} values. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record HostMatrix(float[] values, int rows, int columns) implements Matrix {
    @Override
    public void close() {}
  }

  @Override
  public Matrix load(float[] values, int rows, int columns) {
    return new HostMatrix(values, rows, columns);
  }

  @Override
  public HostProducts.Strip multiply(
      Matrix left, int begin, int end, Matrix right, int firstRight) {
    HostMatrix a = (HostMatrix) left;
    HostMatrix b = (HostMatrix) right;
    int m = end - begin;
    int n = b.rows - firstRight;
    int d = a.columns;
    if (strip.length < m * n) {
      strip = new float[m * n];
    }
    // BLAS counts by columns: its product of b's and a's columns is, by rows, a's with b's.
    blas.sgemm(
        "T", "N", n, m, d, 1, b.values, firstRight * d, d, a.values, begin * d, d, 0, strip, 0, n);
    return new Rows(strip, n)::next;
  }

  private static final class Rows {
    private final float[] strip;
    private final int columns;
    private int at;

    Rows(float[] strip, int columns) {
      this.strip = strip;
      this.columns = columns;
    }

    void next(float[] products) {
      System.arraycopy(strip, at, products, 0, columns);
      at += columns;
    }
  }

  @Override
  public void close() {}
}
