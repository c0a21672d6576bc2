package org.sbertspark.job.demo;

/** A matrix that is mostly zeros, by rows. */
final class SparseMatrix {
  private final int[][] columns;
  private final double[][] values;
  private final int columnCount;

  /**
   * Keeps the arrays.
   *
   * @param columns for each row the columns that are not zero
   * @param values for each row the values in these columns
   */
  SparseMatrix(int[][] columns, double[][] values, int columnCount) {
    this.columns = columns;
    this.values = values;
    this.columnCount = columnCount;
  }

  int rowCount() {
    return columns.length;
  }

  /** This matrix times {@code [columns][n]}: {@code [rows][n]}. */
  double[][] times(double[][] right) {
    double[][] product = new double[columns.length][right[0].length];
    for (int row = 0; row < columns.length; row++) {
      for (int i = 0; i < columns[row].length; i++) {
        addScaled(product[row], values[row][i], right[columns[row][i]]);
      }
    }
    return product;
  }

  /** The transpose of this matrix times {@code [rows][n]}: {@code [columns][n]}. */
  double[][] transposedTimes(double[][] right) {
    double[][] product = new double[columnCount][right[0].length];
    for (int row = 0; row < columns.length; row++) {
      for (int i = 0; i < columns[row].length; i++) {
        addScaled(product[columns[row][i]], values[row][i], right[row]);
      }
    }
    return product;
  }

  private static void addScaled(double[] sum, double scale, double[] vector) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += scale * vector[i];
    }
  }
}
