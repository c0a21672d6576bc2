package org.sbertspark.ml;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.BlockJoin;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;

/**
 * Compares all rows of two partitions.
 *
 * @param self whether they are of one table: for both rows of each pair then, without a row's pair
 *     with itself, else for the left rows
 */
record AllPairs(JoinKind kind, DeviceChoice device, boolean self)
    implements PartitionPairs.Comparison<VectorBlock, Tuple2<Integer, Neighbours>> {

  @Override
  public Iterator<Tuple2<Integer, Neighbours>> compare(
      Iterator<VectorBlock> left, Iterator<VectorBlock> right, boolean same, TaskContext context) {
    BlockJoin join = new BlockJoin(kind, TaskDevice.of(context, device), context.cpus());
    context.addTaskCompletionListener((TaskCompletionListener) done -> join.close());
    left.forEachRemaining(join::add);
    if (same) {
      join.within();
    }
    return self ? bothWays(join, right) : oneWay(join, right);
  }

  /**
   * What is found for a block that passes is done when it has passed; for the others, at the end.
   */
  private static Iterator<Tuple2<Integer, Neighbours>> bothWays(
      BlockJoin join, Iterator<VectorBlock> passing) {
    return new Iterator<>() {
      private Iterator<Tuple2<Integer, Neighbours>> stayed;

      @Override
      public boolean hasNext() {
        if (passing.hasNext()) {
          return true;
        }
        if (stayed == null) {
          stayed = PartitionPairs.found(join.results());
        }
        return stayed.hasNext();
      }

      @Override
      public Tuple2<Integer, Neighbours> next() {
        if (passing.hasNext()) {
          VectorBlock block = passing.next();
          return new Tuple2<>(block.number(), join.bothWays(block));
        }
        return stayed.next();
      }
    };
  }

  private static Iterator<Tuple2<Integer, Neighbours>> oneWay(
      BlockJoin join, Iterator<VectorBlock> passing) {
    passing.forEachRemaining(join::oneWay);
    return PartitionPairs.found(join.results());
  }
}
