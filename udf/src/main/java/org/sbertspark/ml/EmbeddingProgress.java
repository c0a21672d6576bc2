package org.sbertspark.ml;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Option;
import scala.Tuple4;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * What an {@link EmbeddingStats} has counted so far, running tasks included: register it with
 * {@code sparkContext.addSparkListener} and ask {@link #soFar()} from any thread.
 *
 * <p>Running tasks are as old as their executor's last heartbeat ({@code
 * spark.executor.heartbeatInterval}, 10 seconds unless set). It is for showing progress: a task
 * that is run again may be counted twice while it runs.
 */
public final class EmbeddingProgress extends SparkListener {
  private final EmbeddingStats stats;
  private final Map<Long, EmbeddingTotals> running = new ConcurrentHashMap<>();

  public EmbeddingProgress(EmbeddingStats stats) {
    this.stats = stats;
  }

  public EmbeddingTotals soFar() {
    EmbeddingTotals sum = stats.value();
    for (EmbeddingTotals task : running.values()) {
      sum = sum.plus(task);
    }
    return sum;
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
    Iterator<Tuple4<Object, Object, Object, Seq<AccumulableInfo>>> tasks =
        heartbeat.accumUpdates().iterator();
    while (tasks.hasNext()) {
      Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task = tasks.next();
      Iterator<AccumulableInfo> accumulators = task._4().iterator();
      while (accumulators.hasNext()) {
        AccumulableInfo accumulator = accumulators.next();
        Option<Object> update = accumulator.update();
        if (accumulator.id() == stats.id() && update.isDefined()) {
          running.put((Long) task._1(), (EmbeddingTotals) update.get());
        }
      }
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
  }
}
