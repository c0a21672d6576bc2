package org.sbertspark.similarity;

import java.util.Arrays;
import org.sbertspark.similarity.ProductEngine.Filter;

/**
 * Collects the best neighbours of each row of a block while products with other blocks pass by.
 *
 * <p>What a product offers are candidates with an approximate nearness. They are kept as they are
 * while their number is small, thinned out by their approximate values when it is not, and computed
 * exactly when the product is done ({@link #settle}): about a tenth of the exact computations that
 * one for each candidate would need. Not thread-safe.
 */
final class NearestRows {
  private static final RowId[] NO_IDS = {};
  private static final double[] NO_VALUES = {};
  private static final int[] NO_CANDIDATES = {};
  private static final float[] NO_PRODUCTS = {};

  private final VectorBlock block;
  private final Measure measure;
  private final int capacity;
  private final double least;

  /** Exact, sorted, {@code counts[row]} of them. */
  private final RowId[][] ids;

  private final double[][] nearness;
  private final int[] counts;

  /** Rows of {@link #other}, and what the product says of them. */
  private final int[][] candidates;

  private final float[][] products;
  private final int[] candidateCounts;

  /** A product below it cannot be among the best of its row. */
  private final float[] bounds;

  private VectorBlock other;
  private double error;

  /**
   * @param capacity neighbours of a row at most
   * @param least nearness of a neighbour
   */
  NearestRows(VectorBlock block, Measure measure, int capacity, double least) {
    this.block = block;
    this.measure = measure;
    this.capacity = capacity;
    this.least = least;
    int rows = block.rows();
    ids = new RowId[rows][];
    nearness = new double[rows][];
    counts = new int[rows];
    candidates = new int[rows][];
    products = new float[rows][];
    candidateCounts = new int[rows];
    bounds = new float[rows];
    Arrays.fill(ids, NO_IDS);
    Arrays.fill(nearness, NO_VALUES);
    Arrays.fill(candidates, NO_CANDIDATES);
    Arrays.fill(products, NO_PRODUCTS);
  }

  /** Makes ready for a product with this block. */
  void begin(VectorBlock with) {
    other = with;
    error = measure.roundingError(block, with);
    for (int row = 0; row < bounds.length; row++) {
      tighten(row);
    }
  }

  /** For each row what a product must have to be worth an offer; read it again after an offer. */
  float[] bounds() {
    return bounds;
  }

  /** What a product of all rows with the other block is to be looked through for. */
  Filter filter(float[] columnBounds, boolean triangle) {
    return new Filter(bounds, columnBounds, triangle, capacity, 2 * error);
  }

  /** The same of some rows, of these bounds, one of which may meet itself. */
  Filter filter(float[] rowBounds, float[] columnBounds, boolean meetsItself) {
    int room = meetsItself ? capacity + 1 : capacity;
    return new Filter(rowBounds, columnBounds, false, room, 2 * error);
  }

  void offerIfNear(int row, int otherRow, float product) {
    if (product >= bounds[row]) {
      offer(row, otherRow, product);
    }
  }

  void offer(int row, int otherRow, float product) {
    int count = candidateCounts[row];
    if (count == candidates[row].length) {
      int size = Math.min(limit(), Math.max(8, 2 * count));
      candidates[row] = Arrays.copyOf(candidates[row], size);
      products[row] = Arrays.copyOf(products[row], size);
    }
    candidates[row][count] = otherRow;
    products[row][count] = product;
    candidateCounts[row] = ++count;
    if (count == limit()) {
      thinOut(row);
      if (candidateCounts[row] > limit() / 2) {
        settle(row);
      }
    }
  }

  private int limit() {
    return 2 * capacity + 16;
  }

  /** Removes candidates that the others leave no place for, whatever the rounding. */
  private void thinOut(int row) {
    int count = candidateCounts[row];
    double[] all = Arrays.copyOf(nearness[row], counts[row] + count);
    for (int i = 0; i < count; i++) {
      all[counts[row] + i] = products[row][i];
    }
    if (all.length <= capacity) {
      return;
    }
    Arrays.sort(all);
    // The last place is worth at least this less one error; what is not below it less two stays.
    float cut = below(all[all.length - capacity] - 2 * error);
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (products[row][i] >= cut) {
        candidates[row][kept] = candidates[row][i];
        products[row][kept++] = products[row][i];
      }
    }
    candidateCounts[row] = kept;
    bounds[row] = Math.max(bounds[row], cut);
  }

  /** Computes all candidates exactly; the other block is not needed any more. */
  void settle() {
    for (int row = 0; row < bounds.length; row++) {
      if (candidateCounts[row] > 0) {
        thinOut(row);
        settle(row);
      }
      candidates[row] = NO_CANDIDATES;
      products[row] = NO_PRODUCTS;
    }
    other = null;
  }

  private void settle(int row) {
    for (int i = 0; i < candidateCounts[row]; i++) {
      int otherRow = candidates[row][i];
      double value = measure.nearness(block, row, other, otherRow);
      if (value >= least) {
        insert(row, other.id(otherRow), value);
      }
    }
    candidateCounts[row] = 0;
    tighten(row);
  }

  private void insert(int row, RowId id, double value) {
    int count = counts[row];
    int rank = count;
    while (rank > 0
        && Neighbours.precedes(value, id, nearness[row][rank - 1], ids[row][rank - 1])) {
      rank--;
    }
    if (rank == capacity) {
      return;
    }
    if (count == ids[row].length && count < capacity) {
      int size = Math.min(capacity, Math.max(4, 2 * count));
      ids[row] = Arrays.copyOf(ids[row], size);
      nearness[row] = Arrays.copyOf(nearness[row], size);
    }
    int moved = Math.min(count, capacity - 1) - rank;
    System.arraycopy(ids[row], rank, ids[row], rank + 1, moved);
    System.arraycopy(nearness[row], rank, nearness[row], rank + 1, moved);
    ids[row][rank] = id;
    nearness[row][rank] = value;
    counts[row] = Math.min(capacity, count + 1);
  }

  private void tighten(int row) {
    double last = counts[row] == capacity ? nearness[row][capacity - 1] : least;
    bounds[row] = below(last - error);
  }

  private static float below(double value) {
    return Math.nextDown((float) value);
  }

  /** The best of all products that were settled. */
  Neighbours result() {
    RowId[] rows = new RowId[counts.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = block.id(row);
      ids[row] = Arrays.copyOf(ids[row], counts[row]);
      nearness[row] = Arrays.copyOf(nearness[row], counts[row]);
    }
    return new Neighbours(rows, ids, nearness);
  }
}
