package org.sbertspark.model.hub;

import java.time.Duration;
import java.util.Optional;

/** An attempt failed in a way that the next one may not. */
final class TransientFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Duration> retryAfter;
  private final boolean progressed;

  private TransientFailure(
      String reason, Optional<Duration> retryAfter, boolean progressed, Throwable cause) {
    super(reason, cause);
    this.retryAfter = retryAfter;
    this.progressed = progressed;
  }

  static TransientFailure of(String reason, Throwable cause) {
    return new TransientFailure(reason, Optional.empty(), false, cause);
  }

  /** The server refuses for now, and perhaps says for how long. */
  static TransientFailure refused(String reason, Optional<Duration> retryAfter) {
    return new TransientFailure(reason, retryAfter, false, null);
  }

  /**
   * A download broke off.
   *
   * @param progressed whether it brought enough that going on is worth another row of attempts
   */
  static TransientFailure brokenOff(String reason, boolean progressed, Throwable cause) {
    return new TransientFailure(reason, Optional.empty(), progressed, cause);
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }

  boolean progressed() {
    return progressed;
  }
}
