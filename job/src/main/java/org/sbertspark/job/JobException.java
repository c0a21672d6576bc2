package org.sbertspark.job;

/**
 * A run cannot go on, and the user can mend it. The message is one line: what was tried, the value,
 * what was expected, what to do.
 */
final class JobException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobException(String message) {
    super(message);
  }

  JobException(String message, Throwable cause) {
    super(message, cause);
  }
}
