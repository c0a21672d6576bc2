package org.sbertspark.job;

/**
 * How the cost of a partition grows along its rows: exact in all, to less than a percent at a row
 * in the middle, in {@value #MAX_POINTS} numbers at most. Not thread-safe.
 */
final class CostCurve {
  static final int MAX_POINTS = 256;

  /** The cost of the first {@code (i + 1) * stride} rows, for the points that there are. */
  private final long[] points = new long[MAX_POINTS];

  private int count;
  private long stride = 1;
  private long rows;
  private long cost;

  CostCurve() {}

  /** The curve that gave these numbers. */
  CostCurve(long[] numbers) {
    rows = numbers[0];
    cost = numbers[1];
    stride = numbers[2];
    count = numbers.length - 3;
    System.arraycopy(numbers, 3, points, 0, count);
  }

  /** All that this is, as what travels between Spark's processes whatever serializer is set. */
  long[] numbers() {
    long[] numbers = new long[3 + count];
    numbers[0] = rows;
    numbers[1] = cost;
    numbers[2] = stride;
    System.arraycopy(points, 0, numbers, 3, count);
    return numbers;
  }

  /** Adds a row behind the others. */
  void add(long rowCost) {
    rows++;
    cost += rowCost;
    if (rows % stride != 0) {
      return;
    }
    if (count == MAX_POINTS) {
      // Every second point remains, and twice as many rows lie between two.
      for (int i = 0; i < MAX_POINTS / 2; i++) {
        points[i] = points[2 * i + 1];
      }
      count = MAX_POINTS / 2;
      stride *= 2;
      if (rows % stride != 0) {
        return;
      }
    }
    points[count++] = cost;
  }

  long rows() {
    return rows;
  }

  long cost() {
    return cost;
  }

  /** How many of the first rows have this cost together, about. */
  long rowsFor(double wanted) {
    long knownRows = 0;
    long knownCost = 0;
    for (int i = 0; i <= count; i++) {
      long nextRows = i < count ? (i + 1) * stride : rows;
      long nextCost = i < count ? points[i] : cost;
      if (wanted <= nextCost) {
        double share =
            nextCost == knownCost ? 1 : (wanted - knownCost) / (double) (nextCost - knownCost);
        return knownRows + Math.round(share * (nextRows - knownRows));
      }
      knownRows = nextRows;
      knownCost = nextCost;
    }
    return rows;
  }
}
