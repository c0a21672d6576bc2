package org.sbertspark.ml;

import java.io.Serializable;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.util.AccumulatorV2;
import org.sbertspark.training.StepMetrics;
import scala.Option;

/**
 * How far a training is: register it with {@code sparkContext.addSparkListener} and ask {@link
 * #soFar()} from any thread. As old as the executor's last heartbeat ({@code
 * spark.executor.heartbeatInterval}, 10 seconds unless set).
 */
public final class TrainingProgress extends RunningTasks<Optional<TrainingProgress.Step>> {
  private final Latest latest;

  /**
   * Where a training stands.
   *
   * @param metrics of the step made last
   * @param steps of the whole training
   * @param ofThisRun steps made by this run, which may have gone on from a checkpoint
   * @param seconds since its first one began, evaluations and checkpoints included
   */
  public record Step(StepMetrics metrics, long steps, long ofThisRun, double seconds)
      implements Serializable {}

  /** The step that was added last. */
  static final class Latest extends AccumulatorV2<Step, Optional<Step>> {
    private static final long serialVersionUID = 1L;

    /** Null in an object that is still being deserialized, as {@link EmbeddingStats} says. */
    private volatile Step step;

    @Override
    public boolean isZero() {
      return step == null;
    }

    @Override
    public AccumulatorV2<Step, Optional<Step>> copy() {
      Latest copy = new Latest();
      copy.step = step;
      return copy;
    }

    @Override
    public void reset() {
      step = null;
    }

    @Override
    public void add(Step next) {
      step = next;
    }

    @Override
    public void merge(AccumulatorV2<Step, Optional<Step>> other) {
      other.value().ifPresent(this::add);
    }

    @Override
    public Optional<Step> value() {
      return Optional.ofNullable(step);
    }
  }

  private TrainingProgress(Latest latest) {
    super(latest);
    this.latest = latest;
  }

  /** Of the next training; the web UI shows it under this name. */
  public static TrainingProgress register(SparkContext spark, String name) {
    Latest latest = new Latest();
    latest.register(spark, Option.apply(name), false);
    return new TrainingProgress(latest);
  }

  /** Empty before the first step, or heartbeat. */
  public Optional<Step> soFar() {
    return running().stream().flatMap(Optional::stream).findFirst().or(latest::value);
  }

  Latest latest() {
    return latest;
  }
}
