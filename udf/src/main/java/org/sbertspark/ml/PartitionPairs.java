package org.sbertspark.ml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.sbertspark.similarity.Neighbours;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Compares the blocks of two tables, or of one with itself: what each pair of partitions tells.
 * Blocks are read from where they are persisted: a block travels once for each partition of the
 * other side, and nothing is shuffled but what is found.
 *
 * @param <B> a block
 * @param <R> what is found
 */
final class PartitionPairs<B, R> extends RDD<R> {
  private static final long serialVersionUID = 1;

  /** Blocks that a task holds. */
  private static final int BLOCKS_PER_GROUP = 8;

  /** Tasks for each core, so that all cores end at about the same time. */
  private static final int WAVES = 4;

  /** What a task does with two partitions. */
  @FunctionalInterface
  interface Comparison<B, R> extends Serializable {
    /**
     * Compares.
     *
     * @param left held by the task
     * @param right passes by
     * @param same whether both are one partition
     */
    Iterator<R> compare(Iterator<B> left, Iterator<B> right, boolean same, TaskContext context);
  }

  private final List<int[]> cells;
  private final Comparison<B, R> comparison;
  private final boolean self;
  private RDD<B> left;
  private RDD<B> right;

  private PartitionPairs(
      RDD<B> left, RDD<B> right, boolean self, List<int[]> cells, Comparison<B, R> comparison) {
    super(left.sparkContext(), dependencies(left, right, cells), tag());
    this.left = left;
    this.right = right;
    this.self = self;
    this.cells = cells;
    this.comparison = comparison;
  }

  /** Half of the pairs of a table's partitions with each other, and of each one with itself. */
  static <B, R> PartitionPairs<B, R> self(RDD<B> blocks, Comparison<B, R> comparison) {
    int groups = blocks.getNumPartitions();
    List<int[]> cells = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      for (int j = i + 1; j < groups; j++) {
        cells.add(new int[] {i, j});
      }
    }
    // Those on the diagonal are half the work: last, so that all cores end at about the same time.
    for (int i = 0; i < groups; i++) {
      cells.add(new int[] {i, i});
    }
    return new PartitionPairs<>(blocks, blocks, true, cells, comparison);
  }

  /** All pairs of two tables' partitions. */
  static <B, R> PartitionPairs<B, R> between(
      RDD<B> left, RDD<B> right, Comparison<B, R> comparison) {
    List<int[]> cells = new ArrayList<>();
    for (int i = 0; i < left.getNumPartitions(); i++) {
      for (int j = 0; j < right.getNumPartitions(); j++) {
        cells.add(new int[] {i, j});
      }
    }
    return new PartitionPairs<>(left, right, false, cells, comparison);
  }

  /** Partitions of a table for {@link #self}: of g there are g (g + 1) / 2 pairs. */
  static int groupsOfOne(int cores, int blocks) {
    return groups(Math.sqrt(2.0 * WAVES * cores), blocks);
  }

  /** Partitions of each table for {@link #between}. */
  static int groupsOfTwo(int cores, int blocks) {
    return groups(Math.sqrt((double) WAVES * cores), blocks);
  }

  private static int groups(double wanted, int blocks) {
    int small = (blocks + BLOCKS_PER_GROUP - 1) / BLOCKS_PER_GROUP;
    return Math.max(1, Math.min(blocks, Math.max((int) Math.ceil(wanted), small)));
  }

  @SuppressWarnings("unchecked") // a class tag knows erased types only
  private static <R> ClassTag<R> tag() {
    return (ClassTag<R>) ClassTag$.MODULE$.apply(Object.class);
  }

  private static <B> Seq<Dependency<?>> dependencies(RDD<B> left, RDD<B> right, List<int[]> cells) {
    List<Dependency<?>> both =
        List.of(new OneSide<>(left, cells, 0), new OneSide<>(right, cells, 1));
    return JavaConverters.asScalaBuffer(both).toSeq();
  }

  /** A cell needs one partition of each side. */
  private static final class OneSide<B> extends NarrowDependency<B> {
    private static final long serialVersionUID = 1;

    private final List<int[]> cells;
    private final int side;

    OneSide(RDD<B> blocks, List<int[]> cells, int side) {
      super(blocks);
      this.cells = cells;
      this.side = side;
    }

    @Override
    public Seq<Object> getParents(int cell) {
      List<Object> parent = List.of(cells.get(cell)[side]);
      return JavaConverters.asScalaBuffer(parent).toSeq();
    }
  }

  /** A pair of partitions. */
  private record Cell(int index, Partition left, Partition right) implements Partition {
    @Override
    public int hashCode() {
      return index;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Cell cell && cell.index == index;
    }
  }

  /** What a {@link Comparison} has found, by the numbers of the blocks. */
  static Iterator<Tuple2<Integer, Neighbours>> found(Map<Integer, Neighbours> results) {
    return results.entrySet().stream()
        .map(entry -> new Tuple2<>(entry.getKey(), entry.getValue()))
        .iterator();
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] leftPartitions = left.partitions();
    Partition[] rightPartitions = right.partitions();
    Partition[] partitions = new Partition[cells.size()];
    for (int i = 0; i < partitions.length; i++) {
      int[] cell = cells.get(i);
      partitions[i] = new Cell(i, leftPartitions[cell[0]], rightPartitions[cell[1]]);
    }
    return partitions;
  }

  @Override
  public scala.collection.Iterator<R> compute(Partition partition, TaskContext context) {
    Cell cell = (Cell) partition;
    return JavaConverters.asScalaIterator(
        comparison.compare(
            JavaConverters.asJavaIterator(left.iterator(cell.left, context)),
            JavaConverters.asJavaIterator(right.iterator(cell.right, context)),
            self && cell.left.index() == cell.right.index(),
            context));
  }

  @Override
  public void clearDependencies() {
    super.clearDependencies();
    left = null;
    right = null;
  }
}
