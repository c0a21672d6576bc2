package org.sbertspark.ml;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.AccumulatorV2;
import scala.Option;
import scala.Tuple4;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * What running tasks have told an accumulator so far, as old as their executor's last heartbeat
 * ({@code spark.executor.heartbeatInterval}, 10 seconds unless set). Register it with {@code
 * sparkContext.addSparkListener}.
 *
 * @param <T> the accumulator's value
 */
abstract class RunningTasks<T> extends SparkListener {
  private final AccumulatorV2<?, T> accumulator;
  private final Map<Long, T> running = new ConcurrentHashMap<>();

  RunningTasks(AccumulatorV2<?, T> accumulator) {
    this.accumulator = accumulator;
  }

  /** The values of all running tasks; may be called from any thread. */
  Collection<T> running() {
    return running.values();
  }

  @Override
  @SuppressWarnings("unchecked") // an accumulator's updates have the type of its value
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
    Iterator<Tuple4<Object, Object, Object, Seq<AccumulableInfo>>> tasks =
        heartbeat.accumUpdates().iterator();
    while (tasks.hasNext()) {
      Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task = tasks.next();
      Iterator<AccumulableInfo> accumulators = task._4().iterator();
      while (accumulators.hasNext()) {
        AccumulableInfo info = accumulators.next();
        Option<Object> update = info.update();
        if (info.id() == accumulator.id() && update.isDefined()) {
          running.put((Long) task._1(), (T) update.get());
        }
      }
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
  }
}
