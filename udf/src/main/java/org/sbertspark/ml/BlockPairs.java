package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;
import org.sbertspark.similarity.BlockJoin;
import org.sbertspark.similarity.ComputeDevice;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Compares the blocks of two tables, or of one with itself: what each pair of partitions tells of
 * the blocks' neighbours, by the blocks' numbers. A task holds one partition's blocks and lets the
 * other's pass by, read from where they are persisted; so a block travels once for each partition
 * of the other side, and nothing is shuffled but what is found. Of a table with itself there is
 * half of the pairs.
 */
final class BlockPairs extends RDD<Tuple2<Integer, Neighbours>> {
  private static final long serialVersionUID = 1;

  private final List<int[]> cells;
  private final boolean self;
  private final JoinKind kind;
  private final boolean gpu;
  private RDD<VectorBlock> left;
  private RDD<VectorBlock> right;

  private BlockPairs(
      RDD<VectorBlock> left,
      RDD<VectorBlock> right,
      boolean self,
      List<int[]> cells,
      JoinKind kind,
      boolean gpu) {
    super(left.sparkContext(), dependencies(left, right, cells), tag());
    this.left = left;
    this.right = right;
    this.self = self;
    this.cells = cells;
    this.kind = kind;
    this.gpu = gpu;
  }

  /** Of a table with itself, without a row's pair with itself: for both rows of each pair. */
  static BlockPairs self(BlockTable table, JoinKind kind, boolean gpu) {
    RDD<VectorBlock> blocks = table.blocks().rdd();
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
    return new BlockPairs(blocks, blocks, true, cells, kind, gpu);
  }

  /** Of two tables: for the left one's rows. */
  static BlockPairs between(BlockTable left, BlockTable right, JoinKind kind, boolean gpu) {
    RDD<VectorBlock> leftBlocks = left.blocks().rdd();
    RDD<VectorBlock> rightBlocks = right.blocks().rdd();
    List<int[]> cells = new ArrayList<>();
    for (int i = 0; i < leftBlocks.getNumPartitions(); i++) {
      for (int j = 0; j < rightBlocks.getNumPartitions(); j++) {
        cells.add(new int[] {i, j});
      }
    }
    return new BlockPairs(leftBlocks, rightBlocks, false, cells, kind, gpu);
  }

  @SuppressWarnings("unchecked") // a class tag knows erased types only
  private static ClassTag<Tuple2<Integer, Neighbours>> tag() {
    return (ClassTag<Tuple2<Integer, Neighbours>>)
        (ClassTag<?>) ClassTag$.MODULE$.apply(Tuple2.class);
  }

  private static Seq<Dependency<?>> dependencies(
      RDD<VectorBlock> left, RDD<VectorBlock> right, List<int[]> cells) {
    List<Dependency<?>> both = List.of(new OneSide(left, cells, 0), new OneSide(right, cells, 1));
    return JavaConverters.asScalaBuffer(both).toSeq();
  }

  /** A cell needs one partition of each side. */
  private static final class OneSide extends NarrowDependency<VectorBlock> {
    private static final long serialVersionUID = 1;

    private final List<int[]> cells;
    private final int side;

    OneSide(RDD<VectorBlock> blocks, List<int[]> cells, int side) {
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
  public scala.collection.Iterator<Tuple2<Integer, Neighbours>> compute(
      Partition partition, TaskContext context) {
    Cell cell = (Cell) partition;
    BlockJoin join = new BlockJoin(kind, device(context), context.cpus());
    context.addTaskCompletionListener((TaskCompletionListener) done -> join.close());
    JavaConverters.asJavaIterator(left.iterator(cell.left, context)).forEachRemaining(join::add);
    if (self && cell.left.index() == cell.right.index()) {
      join.within();
    }
    Iterator<VectorBlock> passing =
        JavaConverters.asJavaIterator(right.iterator(cell.right, context));
    return JavaConverters.asScalaIterator(self ? bothWays(join, passing) : oneWay(join, passing));
  }

  private ComputeDevice device(TaskContext context) {
    if (!gpu) {
      return ComputeDevice.CPU;
    }
    ResourceInformation assigned = context.resourcesJMap().get("gpu");
    return new ComputeDevice(assigned == null ? 0 : Integer.parseInt(assigned.addresses()[0]));
  }

  /**
   * What is found for a block that passes is done when it has passed; for the others, at the end.
   */
  private static Iterator<Tuple2<Integer, Neighbours>> bothWays(
      BlockJoin join, Iterator<VectorBlock> passing) {
    return new Iterator<>() {
      private Iterator<Map.Entry<Integer, Neighbours>> stayed;

      @Override
      public boolean hasNext() {
        if (passing.hasNext()) {
          return true;
        }
        if (stayed == null) {
          stayed = join.results().entrySet().iterator();
        }
        return stayed.hasNext();
      }

      @Override
      public Tuple2<Integer, Neighbours> next() {
        if (passing.hasNext()) {
          VectorBlock block = passing.next();
          return new Tuple2<>(block.number(), join.bothWays(block));
        }
        Map.Entry<Integer, Neighbours> entry = stayed.next();
        return new Tuple2<>(entry.getKey(), entry.getValue());
      }
    };
  }

  private static Iterator<Tuple2<Integer, Neighbours>> oneWay(
      BlockJoin join, Iterator<VectorBlock> passing) {
    passing.forEachRemaining(join::oneWay);
    return join.results().entrySet().stream()
        .map(entry -> new Tuple2<>(entry.getKey(), entry.getValue()))
        .iterator();
  }

  @Override
  public void clearDependencies() {
    super.clearDependencies();
    left = null;
    right = null;
  }
}
