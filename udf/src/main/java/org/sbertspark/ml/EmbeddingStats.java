package org.sbertspark.ml;

import java.io.Serializable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.util.AccumulatorV2;
import scala.Option;

/**
 * Counts what {@link SentenceEmbedder} did, exactly: also when tasks are retried, run twice by
 * speculation, or run again because their output was lost.
 *
 * <p>An ordinary accumulator adds up what every finished task reports and so counts repeated work
 * twice. This one keeps the counts of each partition apart, and a later run of a partition replaces
 * an earlier one. So the value is that of one pass over the data, whatever number of actions read
 * the embedded dataset. It belongs to one dataset: take a new one for each {@link
 * SentenceEmbedder#transform(org.apache.spark.sql.Dataset, EmbeddingStats)}, and {@link #reset} it
 * before an action that gives the dataset another number of partitions.
 *
 * <p>Read it on the driver when the action is done; for figures while it runs see {@link
 * EmbeddingProgress}.
 */
public final class EmbeddingStats
    extends AccumulatorV2<EmbeddingStats.OfPartition, EmbeddingTotals> {
  private static final long serialVersionUID = 1L;

  /**
   * Counts to be added to those of a partition.
   *
   * @param partition the partition's id in the running stage
   */
  public record OfPartition(int partition, EmbeddingTotals counts) implements Serializable {}

  /** Concurrent, because the executor's heartbeat serializes it while a task adds. */
  private final ConcurrentHashMap<Integer, EmbeddingTotals> partitions = new ConcurrentHashMap<>();

  /**
   * The sum over {@code partitions}, kept because Spark asks for it whenever a task ends. Null in
   * an object that is still being deserialized: the base class shows it to the heartbeat before
   * these fields are read, and a heartbeat that fails is an executor's last one.
   */
  private volatile EmbeddingTotals sum = EmbeddingTotals.NONE;

  private EmbeddingStats() {}

  /** New counts, all zero; the web UI shows them under this name. */
  public static EmbeddingStats register(SparkContext spark, String name) {
    EmbeddingStats stats = new EmbeddingStats();
    stats.register(spark, Option.apply(name), false);
    return stats;
  }

  @Override
  public boolean isZero() {
    return value().equals(EmbeddingTotals.NONE);
  }

  @Override
  public synchronized EmbeddingStats copy() {
    EmbeddingStats copy = new EmbeddingStats();
    copy.partitions.putAll(partitions);
    copy.sum = sum;
    return copy;
  }

  @Override
  public synchronized void reset() {
    partitions.clear();
    sum = EmbeddingTotals.NONE;
  }

  /** Inside a task: adds, because one task may read several partitions of its parents. */
  @Override
  public synchronized void add(OfPartition more) {
    partitions.merge(more.partition(), more.counts(), EmbeddingTotals::plus);
    sum = sum.plus(more.counts());
  }

  /** On the driver, when a task has succeeded: what it did replaces what an earlier run did. */
  @Override
  public synchronized void merge(AccumulatorV2<OfPartition, EmbeddingTotals> other) {
    ((EmbeddingStats) other)
        .partitions.forEach(
            (partition, counts) -> {
              EmbeddingTotals earlier = partitions.put(partition, counts);
              sum = sum.plus(counts).minus(earlier == null ? EmbeddingTotals.NONE : earlier);
            });
  }

  @Override
  public EmbeddingTotals value() {
    EmbeddingTotals now = sum;
    return now == null ? EmbeddingTotals.NONE : now;
  }
}
