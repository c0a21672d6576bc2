package org.sbertspark.job.demo;

import java.util.Random;

/**
 * The subspace in which the rows of a sparse matrix vary most: what its first left singular vectors
 * span, found by subspace iteration (Golub and Van Loan, Matrix Computations, 8.2.4).
 */
final class DominantSubspace {
  private static final int ITERATIONS = 30;
  private static final long SEED = 42;

  private DominantSubspace() {}

  /** One row of a sparse matrix: the value of column {@code columns[i]} is {@code values[i]}. */
  record SparseRow(int[] columns, double[] values) {}

  /**
   * An orthonormal basis, the same for the same matrix on every machine.
   *
   * @param columns the number of columns of the matrix
   * @param rank at most the number of rows
   * @return {@code [rows][rank]}: where each row of the matrix lies in the subspace
   */
  static double[][] of(SparseRow[] rows, int columns, int rank) {
    if (rank > rows.length) {
      throw new IllegalArgumentException(
          "Cannot find %d dimensions in %d texts: expected at least as many texts"
              .formatted(rank, rows.length));
    }
    double[][] basis = new double[rows.length][rank];
    Random random = new Random(SEED);
    for (double[] row : basis) {
      for (int r = 0; r < rank; r++) {
        row[r] = random.nextGaussian();
      }
    }
    orthonormalize(basis);
    for (int i = 0; i < ITERATIONS; i++) {
      basis = times(rows, transposedTimes(rows, columns, basis));
      orthonormalize(basis);
    }
    return basis;
  }

  /** The transposed matrix times {@code [rows][rank]}: {@code [columns][rank]}. */
  static double[][] transposedTimes(SparseRow[] rows, int columns, double[][] right) {
    double[][] product = new double[columns][right[0].length];
    for (int r = 0; r < rows.length; r++) {
      SparseRow row = rows[r];
      for (int i = 0; i < row.columns.length; i++) {
        addScaled(product[row.columns[i]], row.values[i], right[r]);
      }
    }
    return product;
  }

  private static double[][] times(SparseRow[] rows, double[][] right) {
    double[][] product = new double[rows.length][right[0].length];
    for (int r = 0; r < rows.length; r++) {
      SparseRow row = rows[r];
      for (int i = 0; i < row.columns.length; i++) {
        addScaled(product[r], row.values[i], right[row.columns[i]]);
      }
    }
    return product;
  }

  private static void addScaled(double[] sum, double scale, double[] vector) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += scale * vector[i];
    }
  }

  /** Modified Gram-Schmidt over the columns; one that depends on the others becomes 0. */
  private static void orthonormalize(double[][] matrix) {
    int rank = matrix[0].length;
    for (int c = 0; c < rank; c++) {
      for (int before = 0; before < c; before++) {
        double overlap = 0;
        for (double[] row : matrix) {
          overlap += row[c] * row[before];
        }
        for (double[] row : matrix) {
          row[c] -= overlap * row[before];
        }
      }
      double squares = 0;
      for (double[] row : matrix) {
        squares += row[c] * row[c];
      }
      double scale = squares > 1e-24 ? 1 / Math.sqrt(squares) : 0;
      for (double[] row : matrix) {
        row[c] *= scale;
      }
    }
  }
}
