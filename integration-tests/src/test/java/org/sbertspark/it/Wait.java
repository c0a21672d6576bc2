package org.sbertspark.it;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, never for seconds. */
final class Wait {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(20);

  private Wait() {}

  /** Until the condition holds; fails with what was waited for after two minutes. */
  static void until(String what, BooleanSupplier condition) {
    untilThere(what, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  /** As {@link #until}, for something that is needed then. */
  static <T> T untilThere(String what, Supplier<Optional<T>> search) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Optional<T> found = search.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited " + LIMIT + " for " + what);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }
}
