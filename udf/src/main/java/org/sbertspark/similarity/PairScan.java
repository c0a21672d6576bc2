package org.sbertspark.similarity;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.Measure.Side;
import org.sbertspark.similarity.ProductEngine.Filter;
import org.sbertspark.similarity.ProductEngine.Matrix;

/**
 * Looks once at each pair of rows of one table, of blocks that stay with blocks that pass by, and
 * hands those that may matter to a {@link PairSink}. As in {@link BlockJoin} products in single
 * precision only choose, with a bound of their rounding error. Not thread-safe; one a task.
 */
public final class PairScan implements AutoCloseable {

  private final Measure measure;
  private final PairSink sink;
  private final ProductEngine engine;
  private final Map<Integer, Resident> residents = new LinkedHashMap<>();

  /** The place of each block's first row among all rows of the scan. */
  private final Map<Integer, Integer> places = new HashMap<>();

  private int rows;

  /** A block that stays. */
  private record Resident(VectorBlock block, Matrix matrix) {}

  /**
   * @param threads that a product may use on the CPU
   * @throws org.sbertspark.model.ModelException if the device cannot be used
   */
  public PairScan(Measure measure, PairSink sink, ComputeDevice device, int threads) {
    this(measure, sink, ProductEngine.open(device, threads));
  }

  PairScan(Measure measure, PairSink sink, ProductEngine engine) {
    this.measure = measure;
    this.sink = sink;
    this.engine = engine;
  }

  /** Lets a block stay. */
  public void add(VectorBlock block) {
    residents.put(block.number(), new Resident(block, load(block, Side.LEFT)));
  }

  /** Compares the rows of each block that stays with each other. */
  public void within() {
    for (Resident resident : residents.values()) {
      try (Matrix right = load(resident.block, Side.RIGHT)) {
        scan(resident, resident.block, right, true);
      }
    }
  }

  /** Compares the blocks that stay, of smaller numbers, with one that passes. */
  public void pass(VectorBlock passing) {
    try (Matrix right = load(passing, Side.RIGHT)) {
      for (Resident resident : residents.values()) {
        if (resident.block.number() < passing.number()) {
          scan(resident, passing, right, false);
        }
      }
    }
  }

  private void scan(Resident resident, VectorBlock passing, Matrix right, boolean triangle) {
    VectorBlock block = resident.block;
    int place = place(block);
    int passingPlace = place(passing);
    double error = measure.roundingError(block, passing);
    float[] bounds = new float[block.rows()];
    Arrays.fill(bounds, bound(error));
    // With so much room no product is kept out by better ones of its row.
    Filter filter = new Filter(bounds, Filter.NO_COLUMNS, triangle, passing.rows() + 1, 2 * error);
    engine.scan(
        resident.matrix,
        right,
        filter,
        (row, column, product) -> {
          // Other rows may have raised it.
          bounds[row] = bound(error);
          if (product >= bounds[row] && sink.wants(place + row, passingPlace + column)) {
            double nearness = measure.nearness(block, row, passing, column);
            if (nearness >= sink.least()) {
              sink.take(
                  place + row,
                  passingPlace + column,
                  RowPair.of(block.id(row), passing.id(column), nearness));
            }
          }
        });
  }

  private float bound(double error) {
    return Math.nextDown((float) (sink.least() - error));
  }

  private int place(VectorBlock block) {
    Integer known = places.get(block.number());
    if (known == null) {
      known = rows;
      places.put(block.number(), known);
      rows += block.rows();
    }
    return known;
  }

  private Matrix load(VectorBlock block, Side side) {
    float[] values = measure.factor(block, side);
    return engine.load(values, block.rows(), values.length / Math.max(1, block.rows()));
  }

  @Override
  public void close() {
    residents.values().forEach(resident -> resident.matrix.close());
    engine.close();
  }
}
