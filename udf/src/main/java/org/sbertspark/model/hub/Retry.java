package org.sbertspark.model.hub;

import java.time.Duration;
import org.sbertspark.model.ModelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries again after failures that may pass, with growing pauses. One object serves one fetch: all
 * its pauses together are bounded. Not thread-safe.
 */
final class Retry {
  /** Attempts in a row that may fail. */
  static final int ATTEMPTS = 5;

  /** All pauses of a fetch together. The public hub counts requests over five minutes. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

  private final Sleeper sleeper;
  private Duration left = LONGEST_WAIT;

  Retry(Sleeper sleeper) {
    this.sleeper = sleeper;
  }

  /** Waits; tests only write down how long. */
  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Something that may be tried again. */
  interface Attempt<T, E extends Exception> {
    T run() throws TransientFailure, E;
  }

  <T, E extends Exception> T call(String what, Attempt<T, E> attempt) throws E {
    return call(what, ATTEMPTS, attempt);
  }

  /**
   * The result of the first attempt that succeeds.
   *
   * @param what is tried: the first half of a message, such as "Cannot list model X"
   * @throws HubUnreachableException if too many attempts in a row failed, or the server wants a
   *     longer pause than is left
   */
  <T, E extends Exception> T call(String what, int attempts, Attempt<T, E> attempt) throws E {
    int failed = 0;
    while (true) {
      try {
        return attempt.run();
      } catch (TransientFailure e) {
        failed = e.progressed() ? 1 : failed + 1;
        if (failed >= attempts) {
          throw new HubUnreachableException(
              "%s: %s (%s)"
                  .formatted(
                      what, e.getMessage(), failed == 1 ? "1 attempt" : failed + " attempts"),
              e);
        }
        Duration pause = e.retryAfter().orElse(FIRST_PAUSE.multipliedBy(1L << (failed - 1)));
        if (pause.compareTo(left) > 0) {
          throw new HubUnreachableException(
              "%s: %s; the next attempt is due in %d s, which is longer than this waits: try again later"
                  .formatted(what, e.getMessage(), pause.toSeconds()),
              e);
        }
        LOG.warn("{}: {}; trying again in {} s", what, e.getMessage(), pause.toSeconds());
        left = left.minus(pause);
        sleep(what, pause);
      }
    }
  }

  private void sleep(String what, Duration pause) {
    try {
      sleeper.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelException(what + ": interrupted", e);
    }
  }
}
