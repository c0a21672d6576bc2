package org.sbertspark.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions, never for seconds. */
final class Wait {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(100);

  private Wait() {}

  /** Until the condition holds; fails with what was waited for after two minutes. */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited " + LIMIT + " for " + what);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }
}
