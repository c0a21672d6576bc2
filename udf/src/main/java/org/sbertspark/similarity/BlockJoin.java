package org.sbertspark.similarity;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.Measure.Side;
import org.sbertspark.similarity.ProductEngine.Matrix;

/**
 * The nearest neighbours of the rows of some blocks, which stay, among those of others, which pass
 * by. Blocks that stay lie as matrices in the engine until this is closed; of those that pass there
 * is one at a time. Not thread-safe; one a task.
 */
public final class BlockJoin implements AutoCloseable {

  private final JoinKind kind;
  private final ProductEngine engine;
  private final Map<Integer, Resident> residents = new LinkedHashMap<>();

  /** A block that stays. */
  private record Resident(VectorBlock block, Matrix matrix, NearestRows nearest) {}

  /**
   * @param threads that a product may use on the CPU
   * @throws org.sbertspark.model.ModelException if the device cannot be used
   */
  public BlockJoin(JoinKind kind, ComputeDevice device, int threads) {
    this(kind, ProductEngine.open(device, threads));
  }

  BlockJoin(JoinKind kind, ProductEngine engine) {
    this.kind = kind;
    this.engine = engine;
  }

  /** Lets a block stay. */
  public void add(VectorBlock block) {
    residents.put(
        block.number(),
        new Resident(
            block,
            load(block, Side.LEFT),
            new NearestRows(block, kind.measure(), kind.capacity(), kind.leastNearness())));
  }

  /** Compares the rows of each block that stays with each other. */
  public void within() {
    for (Resident resident : residents.values()) {
      try (Matrix right = load(resident.block, Side.RIGHT)) {
        NearestRows nearest = resident.nearest;
        nearest.begin(resident.block);
        engine.scan(
            resident.matrix,
            right,
            nearest.filter(nearest.bounds(), true),
            (row, column, product) -> {
              // A place may have been worth a look for one of the two only; the other then refuses.
              nearest.offerIfNear(row, column, product);
              nearest.offerIfNear(column, row, product);
            });
        nearest.settle();
      }
    }
  }

  /** Compares the blocks that stay with one that passes, for the sake of the former. */
  public void oneWay(VectorBlock passing) {
    try (Matrix right = load(passing, Side.RIGHT)) {
      for (Resident resident : residents.values()) {
        requireSameDimension(resident.block, passing);
        NearestRows nearest = resident.nearest;
        nearest.begin(passing);
        engine.scan(
            resident.matrix,
            right,
            nearest.filter(ProductEngine.Filter.NO_COLUMNS, false),
            nearest::offer);
        nearest.settle();
      }
    }
  }

  /**
   * Compares the blocks that stay, of smaller numbers, with one that passes, for the sake of both.
   *
   * @return what was found for the rows of the block that passes
   */
  public Neighbours bothWays(VectorBlock passing) {
    NearestRows others =
        new NearestRows(passing, kind.measure(), kind.capacity(), kind.leastNearness());
    try (Matrix right = load(passing, Side.RIGHT)) {
      for (Resident resident : residents.values()) {
        requireSameDimension(resident.block, passing);
        if (resident.block.number() >= passing.number()) {
          continue;
        }
        NearestRows nearest = resident.nearest;
        nearest.begin(passing);
        others.begin(resident.block);
        engine.scan(
            resident.matrix,
            right,
            nearest.filter(others.bounds(), false),
            (row, column, product) -> {
              nearest.offerIfNear(row, column, product);
              others.offerIfNear(column, row, product);
            });
        nearest.settle();
        others.settle();
      }
    }
    return others.result();
  }

  private static void requireSameDimension(VectorBlock a, VectorBlock b) {
    if (a.dimension() != b.dimension()) {
      throw new IllegalArgumentException(
          "Cannot compare vectors of %d and %d components".formatted(a.dimension(), b.dimension()));
    }
  }

  private Matrix load(VectorBlock block, Side side) {
    float[] values = kind.measure().factor(block, side);
    return engine.load(values, block.rows(), values.length / Math.max(1, block.rows()));
  }

  /** What was found for the rows of the blocks that stay, by their numbers. */
  public Map<Integer, Neighbours> results() {
    Map<Integer, Neighbours> results = new LinkedHashMap<>();
    residents.forEach((number, resident) -> results.put(number, resident.nearest.result()));
    return results;
  }

  @Override
  public void close() {
    residents.values().forEach(resident -> resident.matrix.close());
    engine.close();
  }
}
