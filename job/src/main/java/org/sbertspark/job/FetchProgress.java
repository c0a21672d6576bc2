package org.sbertspark.job;

import static org.sbertspark.job.Progress.duration;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.sbertspark.model.hub.Progress;

/** Tells how far the download of a model is; nothing if there is nothing to download. */
final class FetchProgress implements Progress, AutoCloseable {
  private static final long TERMINAL_NANOS = 100_000_000L;
  private static final long LOG_NANOS = 10_000_000_000L;

  private final String model;
  private final StatusLine status;
  private final LongSupplier clock;
  private String file;
  private int files;
  private long fileBytes;
  private long earlierBytes;
  private long startNanos;
  private long shownNanos;
  private long lastNanos;

  /**
   * @param clock nanoseconds from any start
   */
  FetchProgress(String model, StatusLine status, LongSupplier clock) {
    this.model = model;
    this.status = status;
    this.clock = clock;
  }

  @Override
  public void update(String name, long doneBytes, long totalBytes) {
    long now = clock.getAsLong();
    if (files == 0) {
      startNanos = now;
      shownNanos = now;
      status.show("fetching model " + model);
    }
    if (!name.equals(file)) {
      file = name;
      files++;
      earlierBytes += fileBytes;
    }
    fileBytes = doneBytes;
    lastNanos = now;
    if (now - shownNanos >= (status.isTerminal() ? TERMINAL_NANOS : LOG_NANOS)) {
      shownNanos = now;
      status.show("fetching model %s: %s, %s".formatted(model, name, soFar(doneBytes, totalBytes)));
    }
  }

  private static String soFar(long doneBytes, long totalBytes) {
    return totalBytes <= 0
        ? size(doneBytes)
        : "%s of %s (%d%%)"
            .formatted(size(doneBytes), size(totalBytes), 100 * doneBytes / totalBytes);
  }

  private static String size(long bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** The model is here. */
  void finish() {
    if (files > 0) {
      // What came after the last byte was no fetching.
      double seconds = (lastNanos - startNanos) / 1e9;
      status.say(
          "fetched model %s: %d files, %s in %s"
              .formatted(model, files, size(earlierBytes + fileBytes), duration(seconds)));
    }
  }

  @Override
  public void close() {
    status.wipe();
  }
}
