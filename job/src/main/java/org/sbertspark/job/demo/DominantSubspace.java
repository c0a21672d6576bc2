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

  /**
   * An orthonormal basis, the same for the same matrix on every machine.
   *
   * @param rank at least 1, at most the number of rows
   * @return {@code [rows][rank]}: where each row of the matrix lies in the subspace
   */
  static double[][] of(SparseMatrix matrix, int rank) {
    if (rank > matrix.rowCount()) {
      throw new IllegalArgumentException(
          "Cannot find %d dimensions in %d texts: expected at least as many texts"
              .formatted(rank, matrix.rowCount()));
    }
    double[][] basis = randomMatrix(matrix.rowCount(), rank);
    orthonormalize(basis);
    for (int i = 0; i < ITERATIONS; i++) {
      basis = matrix.times(matrix.transposedTimes(basis));
      orthonormalize(basis);
    }
    return basis;
  }

  private static double[][] randomMatrix(int rows, int columns) {
    Random random = new Random(SEED);
    double[][] matrix = new double[rows][columns];
    for (double[] row : matrix) {
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextGaussian();
      }
    }
    return matrix;
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
