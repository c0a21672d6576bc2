package org.sbertspark.similarity;

import java.io.Serializable;
import java.util.Arrays;

/** Rows of vectors of one dimension, one after the other in one array. Immutable by agreement. */
public final class VectorBlock implements Serializable {
  private static final long serialVersionUID = 1;

  private final int number;
  private final RowId[] ids;
  private final int dimension;
  private final float[] values;
  private final double[] squares;

  /**
   * Takes the arrays as they are.
   *
   * @param number of this block among those of its table
   * @param values {@code [rows][dimension]}, finite
   */
  public VectorBlock(int number, RowId[] ids, int dimension, float[] values) {
    if (dimension < 1 || values.length != (long) ids.length * dimension) {
      throw new IllegalArgumentException(
          "Cannot make a block of %d rows x %d components of %d values"
              .formatted(ids.length, dimension, values.length));
    }
    this.number = number;
    this.ids = ids;
    this.dimension = dimension;
    this.values = values;
    this.squares = new double[ids.length];
    for (int row = 0; row < ids.length; row++) {
      squares[row] = dot(row, this, row);
    }
  }

  public int number() {
    return number;
  }

  public int rows() {
    return ids.length;
  }

  public int dimension() {
    return dimension;
  }

  public RowId id(int row) {
    return ids[row];
  }

  /** The vectors, row by row: not a copy. */
  public float[] values() {
    return values;
  }

  /** The sum of a vector's squares. */
  double squares(int row) {
    return squares[row];
  }

  double largestSquares() {
    return Arrays.stream(squares).max().orElse(0);
  }

  /** The dot product of two rows; the same both ways. */
  double dot(int row, VectorBlock other, int otherRow) {
    return dot(values, row * dimension, other.values, otherRow * dimension, dimension);
  }

  /** The sum of the squares of a vector's components, as blocks compute it. */
  public static double squares(float[] vector) {
    return dot(vector, 0, vector, 0, vector.length);
  }

  private static double dot(float[] a, int i, float[] b, int j, int length) {
    // Four sums, so that one addition need not wait for the other.
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int c = 0;
    for (; c + 3 < length; c += 4) {
      sum0 += (double) a[i + c] * b[j + c];
      sum1 += (double) a[i + c + 1] * b[j + c + 1];
      sum2 += (double) a[i + c + 2] * b[j + c + 2];
      sum3 += (double) a[i + c + 3] * b[j + c + 3];
    }
    for (; c < length; c++) {
      sum0 += (double) a[i + c] * b[j + c];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  double squaredDistance(int row, VectorBlock other, int otherRow) {
    double sum = 0;
    for (int i = row * dimension, j = otherRow * dimension; i < (row + 1) * dimension; i++, j++) {
      double difference = (double) values[i] - other.values[j];
      sum += difference * difference;
    }
    return sum;
  }
}
