package org.sbertspark.ml;

/**
 * What an {@link EmbeddingStats} has counted so far, running tasks included: register it with
 * {@code sparkContext.addSparkListener} and ask {@link #soFar()} from any thread.
 *
 * <p>Running tasks are as old as their executor's last heartbeat ({@code
 * spark.executor.heartbeatInterval}, 10 seconds unless set). It is for showing progress: a task
 * that is run again may be counted twice while it runs.
 */
public final class EmbeddingProgress extends RunningTasks<EmbeddingTotals> {
  private final EmbeddingStats stats;

  public EmbeddingProgress(EmbeddingStats stats) {
    super(stats);
    this.stats = stats;
  }

  public EmbeddingTotals soFar() {
    EmbeddingTotals sum = stats.value();
    for (EmbeddingTotals task : running()) {
      sum = sum.plus(task);
    }
    return sum;
  }
}
