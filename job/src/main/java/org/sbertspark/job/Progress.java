package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.sbertspark.ml.EmbeddingProgress;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.TrainingProgress;
import org.sbertspark.training.StepMetrics;

/**
 * Tells on standard error how far a job is: on a terminal one line that is rewritten, elsewhere a
 * line now and then.
 */
final class Progress implements AutoCloseable {
  private static final long TERMINAL_MILLIS = 500;
  private static final long LOG_MILLIS = 10_000;

  private final SparkContext spark;
  private final SparkListener progress;
  private final Supplier<Optional<String>> line;
  private final StatusLine status;
  private final Thread painter = new Thread(this::paint, "sbert-spark-progress");

  private Progress(
      SparkContext spark,
      SparkListener progress,
      Supplier<Optional<String>> line,
      StatusLine status) {
    this.spark = spark;
    this.progress = progress;
    this.line = line;
    this.status = status;
  }

  /**
   * Starts telling how far embedding is, until it is closed.
   *
   * @param rows that there are in all
   */
  static Progress start(SparkContext spark, EmbeddingStats stats, long rows, PrintWriter err) {
    long startNanos = System.nanoTime();
    EmbeddingProgress progress = new EmbeddingProgress(stats);
    return start(
        spark,
        progress,
        () -> {
          double seconds = (System.nanoTime() - startNanos) / 1e9;
          return Optional.of(line(progress.soFar(), rows, seconds));
        },
        err);
  }

  /** Starts telling how far a training is, from its first step on and until it is closed. */
  static Progress start(SparkContext spark, TrainingProgress progress, PrintWriter err) {
    return start(spark, progress, () -> progress.soFar().map(Progress::line), err);
  }

  private static Progress start(
      SparkContext spark,
      SparkListener listener,
      Supplier<Optional<String>> line,
      PrintWriter err) {
    Progress progress = new Progress(spark, listener, line, StatusLine.on(err));
    spark.addSparkListener(listener);
    progress.painter.setDaemon(true);
    progress.painter.start();
    return progress;
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(status.isTerminal() ? TERMINAL_MILLIS : LOG_MILLIS);
        line.get().ifPresent(status::show);
      }
    } catch (InterruptedException e) {
      // The run is over.
    }
  }

  /** One line: rows, rows/s, tokens/s and what is left, as far as that can be told. */
  static String line(EmbeddingTotals soFar, long rows, double seconds) {
    long done = Math.min(soFar.rowsOut() + soFar.skipped(), rows);
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "embedded %,d of %,d rows (%d%%)",
            done,
            rows,
            rows == 0 ? 100 : done * 100 / rows));
    if (done > 0 && seconds > 0) {
      line.append(
          String.format(
              Locale.ROOT,
              ", %,.0f rows/s, %,.0f tokens/s, %s left",
              done / seconds,
              soFar.tokens() / seconds,
              duration((rows - done) * seconds / done)));
    }
    return line.toString();
  }

  /** One line: step, loss, learning rate, tokens/s and what is left. */
  static String line(TrainingProgress.Step step) {
    StepMetrics made = step.metrics();
    double perStep = step.seconds() / step.ofThisRun();
    return String.format(
        Locale.ROOT,
        "step %,d of %,d (%d%%), loss %.4f, learning rate %.2g, %,.0f tokens/s, %s left",
        made.step(),
        step.steps(),
        made.step() * 100 / step.steps(),
        made.loss(),
        made.learningRate(),
        made.tokens() / made.seconds(),
        duration((step.steps() - made.step()) * perStep));
  }

  static String duration(double seconds) {
    long s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    return s < 3600
        ? "%d min %02d s".formatted(s / 60, s % 60)
        : "%d h %02d min".formatted(s / 3600, s % 3600 / 60);
  }

  /** Stops, and wipes the line off a terminal. */
  @Override
  public void close() {
    painter.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        painter.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    spark.removeSparkListener(progress);
    status.wipe();
  }
}
