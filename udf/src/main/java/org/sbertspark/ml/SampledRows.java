package org.sbertspark.ml;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.sbertspark.similarity.RowId;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;

/** A choice of a table's rows that depends on their ids alone, not on partitions. */
final class SampledRows {
  /** Ids may be dealt unevenly. */
  private static final double SURPLUS = 1.3;

  private static final int FEW = 100;

  private SampledRows() {}

  /** So many rows, or all if there are fewer, in the order of their ids. */
  static VectorBlock of(JoinTable table, int wanted, long seed) {
    double share = (SURPLUS * wanted + FEW) / Math.max(1, table.sum().usable());
    List<Tuple2<RowId, float[]>> chosen =
        table
            .rows()
            .flatMap(
                piece ->
                    IntStream.range(0, piece.ids().length)
                        .filter(row -> rank(piece.ids()[row], seed) < share)
                        .mapToObj(
                            row ->
                                new Tuple2<>(piece.ids()[row], piece.slice(row, row + 1).values()))
                        .iterator())
            .collect()
            .stream()
            .sorted(Comparator.comparingDouble(row -> rank(row._1(), seed)))
            .limit(wanted)
            .sorted(Comparator.comparing(row -> row._1()))
            .toList();
    int dimension = table.sum().largestDimension();
    float[] values = new float[chosen.size() * dimension];
    for (int row = 0; row < chosen.size(); row++) {
      System.arraycopy(chosen.get(row)._2(), 0, values, row * dimension, dimension);
    }
    return new VectorBlock(
        0, chosen.stream().map(Tuple2::_1).toArray(RowId[]::new), dimension, values);
  }

  /** From 0 to 1, evenly: the finalizer of SplitMix64. */
  static double rank(RowId id, long seed) {
    long z = id.text() == null ? id.number() : id.text().hashCode();
    z = (z + seed * 0x9E3779B97F4A7C15L) ^ (z >>> 32);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
  }
}
