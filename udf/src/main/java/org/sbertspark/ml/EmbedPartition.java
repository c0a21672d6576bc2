package org.sbertspark.ml;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;
import org.sbertspark.ml.EmbeddingStats.OfPartition;

/** What runs in a task: an {@link EmbeddingIterator} bound to the task's life. */
record EmbedPartition(EmbeddingPlan plan, ShippedModel model, EmbeddingStats stats)
    implements MapPartitionsFunction<Row, Row> {

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    TaskContext task = TaskContext.get();
    int partition = task.partitionId();
    EmbeddingIterator embedded =
        new EmbeddingIterator(
            plan,
            partition,
            rows,
            model::openEncoder,
            task::killTaskIfInterrupted,
            counts -> stats.add(new OfPartition(partition, counts)));
    // Completion covers success, failure and kill; an iterator under a limit is never exhausted.
    task.addTaskCompletionListener((TaskCompletionListener) ended -> embedded.close());
    return embedded;
  }
}
