package org.sbertspark.ml;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.sbertspark.similarity.PairScan;
import org.sbertspark.similarity.PairSink;
import org.sbertspark.similarity.RowPair;
import org.sbertspark.similarity.VectorBlock;

/** Looks at all pairs of rows of two partitions of one table, and keeps what a sink keeps. */
record ScannedPairs(JoinSettings settings, SinkOfTask sinks)
    implements PartitionPairs.Comparison<VectorBlock, List<RowPair>> {

  /** Makes the sink of a task. */
  @FunctionalInterface
  interface SinkOfTask extends Serializable {
    PairSink open();
  }

  /** What is kept of each pair of partitions: one list each, at least one. */
  static JavaRDD<List<RowPair>> of(BlockTable table, JoinSettings settings, SinkOfTask sinks) {
    return PartitionPairs.self(table.blocks().rdd(), new ScannedPairs(settings, sinks)).toJavaRDD();
  }

  @Override
  public Iterator<List<RowPair>> compare(
      Iterator<VectorBlock> left, Iterator<VectorBlock> right, boolean same, TaskContext context) {
    PairSink sink = sinks.open();
    try (PairScan scan =
        new PairScan(
            settings.measure(), sink, TaskDevice.of(context, settings.device()), context.cpus())) {
      left.forEachRemaining(scan::add);
      if (same) {
        scan.within();
      }
      right.forEachRemaining(scan::pass);
    }
    return List.of(sink.pairs()).iterator();
  }
}
