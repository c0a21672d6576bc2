package org.sbertspark.similarity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.Measure.Side;
import org.sbertspark.similarity.ProductEngine.Matrix;

/**
 * The nearest neighbours of the rows of some blocks, which stay, among those of lists, which pass
 * by block by block: each row is compared with the lists that it probes. Not thread-safe; one a
 * task.
 */
public final class ProbeJoin implements AutoCloseable {

  private final JoinKind kind;
  private final boolean self;
  private final ProductEngine engine;
  private final Map<Integer, Resident> residents = new LinkedHashMap<>();

  /**
   * A block that stays.
   *
   * @param factor its rows as a product takes them
   * @param rowsOf the rows that probe a list
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Resident(
      VectorBlock block, float[] factor, Map<Integer, List<Integer>> rowsOf, NearestRows nearest) {}

  /**
   * @param self whether blocks of one number are the same, so that a row meets itself
   * @param threads that a product may use on the CPU
   */
  public ProbeJoin(JoinKind kind, boolean self, ComputeDevice device, int threads) {
    this.kind = kind;
    this.self = self;
    this.engine = ProductEngine.open(device, threads);
  }

  /**
   * Lets a block stay.
   *
   * @param probes of each row: the lists that it is compared with
   */
  public void add(VectorBlock block, int[][] probes) {
    Map<Integer, List<Integer>> rowsOf = new HashMap<>();
    for (int row = 0; row < probes.length; row++) {
      for (int list : probes[row]) {
        rowsOf.computeIfAbsent(list, unseen -> new ArrayList<>()).add(row);
      }
    }
    residents.put(
        block.number(),
        new Resident(
            block,
            kind.measure().factor(block, Side.LEFT),
            rowsOf,
            new NearestRows(block, kind.measure(), kind.capacity(), kind.leastNearness())));
  }

  /** Compares a block of a list with the rows that probe the list. */
  public void pass(VectorBlock passing, int list) {
    Matrix right = null;
    try {
      for (Resident resident : residents.values()) {
        List<Integer> rows = resident.rowsOf.get(list);
        if (rows == null) {
          continue;
        }
        if (right == null) {
          float[] values = kind.measure().factor(passing, Side.RIGHT);
          right = engine.load(values, passing.rows(), values.length / passing.rows());
        }
        compare(resident, rows.stream().mapToInt(Integer::intValue).toArray(), passing, right);
      }
    } finally {
      if (right != null) {
        right.close();
      }
    }
  }

  private void compare(Resident resident, int[] rows, VectorBlock passing, Matrix right) {
    int width = resident.factor.length / resident.block.rows();
    float[] chosen = new float[rows.length * width];
    float[] bounds = new float[rows.length];
    NearestRows nearest = resident.nearest;
    nearest.begin(passing);
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(resident.factor, rows[i] * width, chosen, i * width, width);
      bounds[i] = nearest.bounds()[rows[i]];
    }
    boolean same = self && passing.number() == resident.block.number();
    try (Matrix left = engine.load(chosen, rows.length, width)) {
      engine.scan(
          left,
          right,
          nearest.filter(bounds, ProductEngine.Filter.NO_COLUMNS, same),
          (i, column, product) -> {
            if (!same || rows[i] != column) {
              nearest.offer(rows[i], column, product);
              bounds[i] = nearest.bounds()[rows[i]];
            }
          });
    }
    nearest.settle();
  }

  /** What was found, by the blocks' numbers. */
  public Map<Integer, Neighbours> results() {
    Map<Integer, Neighbours> results = new LinkedHashMap<>();
    residents.forEach((number, resident) -> results.put(number, resident.nearest.result()));
    return results;
  }

  @Override
  public void close() {
    engine.close();
  }
}
