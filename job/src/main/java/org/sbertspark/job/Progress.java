package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import org.apache.spark.SparkContext;
import org.sbertspark.ml.EmbeddingProgress;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.EmbeddingTotals;

/**
 * Tells on standard error how far embedding is: on a terminal one line that is rewritten, elsewhere
 * a line now and then.
 */
final class Progress implements AutoCloseable {
  private static final long TERMINAL_MILLIS = 500;
  private static final long LOG_MILLIS = 10_000;

  private final SparkContext spark;
  private final EmbeddingProgress progress;
  private final long rows;
  private final StatusLine status;
  private final long startNanos = System.nanoTime();
  private final Thread painter = new Thread(this::paint, "sbert-spark-progress");

  private Progress(SparkContext spark, EmbeddingStats stats, long rows, StatusLine status) {
    this.spark = spark;
    this.progress = new EmbeddingProgress(stats);
    this.rows = rows;
    this.status = status;
  }

  /**
   * Starts telling, until it is closed.
   *
   * @param rows that there are in all
   */
  static Progress start(SparkContext spark, EmbeddingStats stats, long rows, PrintWriter err) {
    Progress progress = new Progress(spark, stats, rows, StatusLine.on(err));
    spark.addSparkListener(progress.progress);
    progress.painter.setDaemon(true);
    progress.painter.start();
    return progress;
  }

  private void paint() {
    try {
      while (true) {
        Thread.sleep(status.isTerminal() ? TERMINAL_MILLIS : LOG_MILLIS);
        status.show(line(progress.soFar(), rows, (System.nanoTime() - startNanos) / 1e9));
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
