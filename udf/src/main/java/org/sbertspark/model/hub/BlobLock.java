package org.sbertspark.model.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One download of a blob at a time: of one thread in one process. */
final class BlobLock {
  private static final Logger LOG = LoggerFactory.getLogger(BlobLock.class);
  private static final Duration POLL = Duration.ofMillis(50);

  /**
   * File locks belong to the process, and closing any channel of a file may release them: so one
   * thread at a time opens the lock file.
   */
  private static final ConcurrentMap<Path, Semaphore> THREADS = new ConcurrentHashMap<>();

  private BlobLock() {}

  /** What to do under the lock. */
  interface Work<T> {
    /**
     * Does it.
     *
     * @param alone whether the lock is held. It is not where the file system has no locks, or
     *     another holds it for too long; the work must be correct then too.
     */
    T run(boolean alone) throws IOException, InterruptedException;
  }

  static <T> T with(Path file, Duration longestWait, Work<T> work)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + longestWait.toNanos();
    Semaphore thread = THREADS.computeIfAbsent(file, f -> new Semaphore(1));
    if (!thread.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
      LOG.warn("Waited {} for {}, going on without the lock", longestWait, file);
      return work.run(false);
    }
    try (FileChannel channel = openIfPossible(file)) {
      return work.run(channel != null && lock(channel, file, deadline));
    } finally {
      thread.release();
    }
  }

  /** Null, which a try statement accepts, if there can be no lock file. */
  private static FileChannel openIfPossible(Path file) {
    try {
      Files.createDirectories(file.getParent());
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      LOG.debug("No lock file {}: {}", file, e.getMessage());
      return null;
    }
  }

  /** The lock ends with the channel. */
  private static boolean lock(FileChannel channel, Path file, long deadline)
      throws InterruptedException {
    while (true) {
      try {
        if (channel.tryLock() != null) {
          return true;
        }
      } catch (OverlappingFileLockException e) {
        // Another class loader of this process has it.
      } catch (IOException e) {
        LOG.debug("No locks at {}: {}", file, e.getMessage());
        return false;
      }
      if (System.nanoTime() - deadline >= 0) {
        LOG.warn("Waited too long for {}, going on without the lock", file);
        return false;
      }
      Thread.sleep(POLL.toMillis());
    }
  }
}
