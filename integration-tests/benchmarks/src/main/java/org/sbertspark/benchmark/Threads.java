package org.sbertspark.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A thread a core, for measurements that do without Spark. */
final class Threads implements AutoCloseable {
  private final ExecutorService pool;
  private final int count;

  Threads(int count) {
    this.count = count;
    pool = Executors.newFixedThreadPool(count);
  }

  int count() {
    return count;
  }

  /** Runs all, in order as threads become free, and gives the results in order. */
  <T> List<T> run(List<Callable<T>> tasks) throws Exception {
    List<T> results = new ArrayList<>();
    for (Future<T> done : pool.invokeAll(tasks)) {
      results.add(done.get());
    }
    return results;
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
