package org.sbertspark.similarity;

import java.io.Serializable;

/**
 * The best neighbours of each row of a block that were found so far: the nearest first, equally
 * near ones by their ids. Immutable by agreement.
 */
public final class Neighbours implements Serializable {
  private static final long serialVersionUID = 1;

  private final RowId[] rows;
  private final RowId[][] others;
  private final double[][] nearness;

  Neighbours(RowId[] rows, RowId[][] others, double[][] nearness) {
    this.rows = rows;
    this.others = others;
    this.nearness = nearness;
  }

  public int rows() {
    return rows.length;
  }

  public RowId row(int row) {
    return rows[row];
  }

  /** How many neighbours a row has. */
  public int count(int row) {
    return others[row].length;
  }

  public RowId other(int row, int rank) {
    return others[row][rank];
  }

  /** See {@link Measure}. */
  public double nearness(int row, int rank) {
    return nearness[row][rank];
  }

  /** The best of both, for the same rows. */
  public Neighbours merge(Neighbours more, int capacity) {
    RowId[][] ids = new RowId[rows.length][];
    double[][] values = new double[rows.length][];
    for (int row = 0; row < rows.length; row++) {
      RowId[] a = others[row];
      RowId[] b = more.others[row];
      int count = Math.min(capacity, a.length + b.length);
      ids[row] = new RowId[count];
      values[row] = new double[count];
      int i = 0;
      int j = 0;
      for (int rank = 0; rank < count; rank++) {
        boolean first =
            j == b.length
                || (i < a.length && precedes(nearness[row][i], a[i], more.nearness[row][j], b[j]));
        ids[row][rank] = first ? a[i] : b[j];
        values[row][rank] = first ? nearness[row][i++] : more.nearness[row][j++];
      }
    }
    return new Neighbours(rows, ids, values);
  }

  /** Whether one neighbour comes before another. */
  static boolean precedes(double nearness, RowId id, double otherNearness, RowId other) {
    return nearness > otherNearness || (nearness == otherNearness && id.compareTo(other) < 0);
  }
}
