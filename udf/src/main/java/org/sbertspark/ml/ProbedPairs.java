package org.sbertspark.ml;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.ProbeJoin;
import scala.Tuple2;

/**
 * Compares the left rows of two partitions with the lists of the right one that they probe.
 *
 * @param self whether both are of one table
 */
record ProbedPairs(JoinKind kind, DeviceChoice device, boolean self)
    implements PartitionPairs.Comparison<ProbingBlock, Tuple2<Integer, Neighbours>> {

  @Override
  public Iterator<Tuple2<Integer, Neighbours>> compare(
      Iterator<ProbingBlock> left,
      Iterator<ProbingBlock> right,
      boolean same,
      TaskContext context) {
    try (ProbeJoin join =
        new ProbeJoin(kind, self, TaskDevice.of(context, device), context.cpus())) {
      left.forEachRemaining(block -> join.add(block.block(), block.probes()));
      right.forEachRemaining(block -> join.pass(block.block(), block.list()));
      return PartitionPairs.found(join.results());
    }
  }
}
