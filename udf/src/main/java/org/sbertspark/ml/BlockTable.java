package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;

/**
 * A table as blocks of equal sizes, in partitions of equal sizes, whatever partitions the rows were
 * in. Persisted until it is closed.
 *
 * @param blocks each partition has a few, one after the other in number
 * @param rows in all blocks
 */
record BlockTable(JavaRDD<VectorBlock> blocks, long rows) implements AutoCloseable {

  /**
   * Cuts rows into blocks.
   *
   * @param rows persisted
   * @param counts of each partition of {@code rows}
   * @param blockRows rows of a block at most
   * @param groups partitions to make; there are fewer if there are fewer blocks
   */
  static BlockTable of(
      JavaRDD<PackedRows> rows, List<VectorCounts> counts, int blockRows, int groups) {
    long[] offsets = new long[counts.size() + 1];
    for (int p = 0; p < counts.size(); p++) {
      offsets[p + 1] = offsets[p] + counts.get(p).usable();
    }
    long total = offsets[counts.size()];
    int blocks = blocks(total, blockRows);
    JavaRDD<VectorBlock> cut =
        rows.mapPartitionsWithIndex(
                (partition, pieces) -> cut(pieces, offsets[partition], total, blocks), false)
            .mapToPair(piece -> piece)
            .partitionBy(new Groups(blocks, Math.max(1, Math.min(groups, blocks))))
            .mapPartitions(BlockTable::assemble)
            .persist(StorageLevel.MEMORY_AND_DISK());
    return new BlockTable(cut, total);
  }

  /** Cuts a table that is compared with itself, and closes it. */
  static BlockTable forSelf(JoinTable table, int blockRows) {
    int blocks = blocks(table.sum().usable(), blockRows);
    return instead(table, blockRows, PartitionPairs.groupsOfOne(table.cores(), blocks));
  }

  /** Cuts a table, and closes it. */
  static BlockTable instead(JoinTable table, int blockRows, int groups) {
    BlockTable cut = of(table.rows(), table.counts(), blockRows, groups);
    try {
      // The blocks are all there before the rows go.
      cut.blocks().count();
    } catch (RuntimeException e) {
      cut.close();
      throw e;
    }
    table.close();
    return cut;
  }

  /** How many blocks so many rows are. */
  static int blocks(long rows, int blockRows) {
    return Math.toIntExact((rows + blockRows - 1) / blockRows);
  }

  /** Cuts where a block ends; blocks differ by one row at most. */
  private static Iterator<Tuple2<Integer, PackedRows>> cut(
      Iterator<PackedRows> pieces, long offset, long total, int blocks) {
    return new Iterator<>() {
      private long at = offset;
      private PackedRows piece;
      private int taken;

      @Override
      public boolean hasNext() {
        while (piece == null || taken == piece.ids().length) {
          if (!pieces.hasNext()) {
            return false;
          }
          piece = pieces.next();
          taken = 0;
        }
        return true;
      }

      @Override
      public Tuple2<Integer, PackedRows> next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        // Row r is in block r * blocks / total: rows up to the first of the next block are too.
        int block = (int) (at * blocks / total);
        long end = ((block + 1) * total + blocks - 1) / blocks;
        int count = (int) Math.min(end - at, piece.ids().length - taken);
        PackedRows slice = piece.slice(taken, taken + count);
        taken += count;
        at += count;
        return new Tuple2<>(block, slice);
      }
    };
  }

  private static Iterator<VectorBlock> assemble(Iterator<Tuple2<Integer, PackedRows>> pieces) {
    Map<Integer, List<PackedRows>> parts = new TreeMap<>();
    pieces.forEachRemaining(
        piece -> parts.computeIfAbsent(piece._1(), unseen -> new ArrayList<>()).add(piece._2()));
    Iterator<Map.Entry<Integer, List<PackedRows>>> entries = parts.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public VectorBlock next() {
        Map.Entry<Integer, List<PackedRows>> entry = entries.next();
        VectorBlock block = PackedRows.concatenate(entry.getKey(), entry.getValue());
        entries.remove();
        return block;
      }
    };
  }

  /** Puts neighbouring blocks together. */
  static final class Groups extends Partitioner {
    private static final long serialVersionUID = 1;

    private final int blocks;
    private final int groups;

    Groups(int blocks, int groups) {
      this.blocks = blocks;
      this.groups = groups;
    }

    @Override
    public int numPartitions() {
      return groups;
    }

    @Override
    public int getPartition(Object block) {
      return (int) ((long) (Integer) block * groups / blocks);
    }
  }

  @Override
  public void close() {
    blocks.unpersist(false);
  }
}
