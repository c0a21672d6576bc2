package org.sbertspark.ml;

import java.io.Serializable;

/**
 * What a pass over a column of vectors counts. Rows whose vectors cannot be compared take no part
 * in what follows; they are these.
 *
 * @param rows all rows
 * @param nulls rows without a vector
 * @param zeros vectors of length zero, where they have no direction to compare by
 * @param notFinite vectors with a component that is null, NaN or, as float, infinite; with other
 *     measures than the cosine also those whose products are
 * @param smallestDimension of a vector that can be compared; 0 without any
 * @param largestDimension of a vector that can be compared; 0 without any
 */
public record VectorCounts(
    long rows, long nulls, long zeros, long notFinite, int smallestDimension, int largestDimension)
    implements Serializable {

  static final VectorCounts NONE = new VectorCounts(0, 0, 0, 0, 0, 0);

  /** Rows that can be compared. */
  public long usable() {
    return rows - nulls - zeros - notFinite;
  }

  VectorCounts plus(VectorCounts other) {
    return new VectorCounts(
        rows + other.rows,
        nulls + other.nulls,
        zeros + other.zeros,
        notFinite + other.notFinite,
        smallestDimension == 0 || other.smallestDimension == 0
            ? Math.max(smallestDimension, other.smallestDimension)
            : Math.min(smallestDimension, other.smallestDimension),
        Math.max(largestDimension, other.largestDimension));
  }
}
