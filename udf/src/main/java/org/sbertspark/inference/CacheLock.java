package org.sbertspark.inference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process at a time for a piece of work in the cache folder. Results are put in place
 * atomically, so the lock saves work rather than correctness: who waits too long, or has a file
 * system without locks, goes on without it.
 */
final class CacheLock {
  private static final Logger LOG = LoggerFactory.getLogger(CacheLock.class);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
  private static final Duration POLL = Duration.ofMillis(50);

  private CacheLock() {}

  static <T> T with(Path cache, String name, Callable<T> work) throws Exception {
    Path file = Files.createDirectories(cache.resolve("locks")).resolve(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      FileLock lock = acquire(channel, file);
      try {
        return work.call();
      } finally {
        if (lock != null) {
          lock.release();
        }
      }
    }
  }

  private static FileLock acquire(FileChannel channel, Path file) {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException e) {
        // Another thread of this process (or another class loader in it) has it.
      } catch (IOException e) {
        LOG.debug("No locks at {}: {}", file, e.getMessage());
        return null;
      }
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.currentThread().isInterrupted()) {
        throw new UncheckedIOException(new IOException("Interrupted while waiting for " + file));
      }
    }
    LOG.warn("Waited {} for {}, going on without the lock", LONGEST_WAIT, file);
    return null;
  }
}
