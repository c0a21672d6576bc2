package org.sbertspark.ml;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import org.sbertspark.ml.EmbeddingStats.OfPartition;

/**
 * What runs in a task: an {@link EmbeddingIterator} bound to the task's life.
 *
 * @param schema of the rows that come in
 * @param firstPartition number under which the first partition is counted
 */
record EmbedPartition(
    StructType schema,
    EmbeddingPlan plan,
    ShippedModel model,
    EmbeddingStats stats,
    int firstPartition)
    implements MapPartitionsFunction<InternalRow, InternalRow> {

  @Override
  public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
    TaskContext task = TaskContext.get();
    int partition = task.partitionId();
    EmbeddingIterator embedded =
        new EmbeddingIterator(
            plan,
            partition,
            new BinaryRows(rows, schema),
            model::openEncoder,
            task::killTaskIfInterrupted,
            counts -> {
              stats.add(new OfPartition(firstPartition + partition, counts));
              EmbeddingMetrics.add(counts);
            });
    // Completion covers success, failure and kill; an iterator under a limit is never exhausted.
    task.addTaskCompletionListener((TaskCompletionListener) ended -> embedded.close());
    return embedded;
  }

  /** The rows in binary form, where Spark has not generated code that makes them so. */
  private static final class BinaryRows implements Iterator<UnsafeRow> {
    private final Iterator<InternalRow> rows;
    private final StructType schema;
    private UnsafeProjection projection;

    BinaryRows(Iterator<InternalRow> rows, StructType schema) {
      this.rows = rows;
      this.schema = schema;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public UnsafeRow next() {
      InternalRow row = rows.next();
      if (row instanceof UnsafeRow binary) {
        return binary;
      }
      if (projection == null) {
        projection = UnsafeProjection.create(schema);
      }
      return projection.apply(row);
    }
  }
}
