package org.sbertspark.it;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.execution.streaming.MicroBatchExecution;

/**
 * The local file system under the scheme {@code gated}, in which a run stands still at a moment
 * that a test has chosen: the first that makes a file whose path matches {@value #AT} (in a task of
 * micro-batch {@value #BATCH}, where one is named) writes its process id to a file {@value
 * #REACHED} in {@value #FOLDER}, and waits there for a file {@value #OPEN}, to go on, or {@value
 * #BROKEN}, to fail. All others pass.
 */
public final class GatedFileSystem extends RawLocalFileSystem {
  static final String AT = "test.gate.at";
  static final String BATCH = "test.gate.batch";
  static final String FOLDER = "test.gate.folder";
  static final String REACHED = "reached";
  static final String OPEN = "open";
  static final String BROKEN = "broken";

  /** Longer than a test waits for its run. */
  private static final Duration LIMIT = Duration.ofMinutes(6);

  private static final Duration POLL = Duration.ofMillis(50);

  @Override
  public URI getUri() {
    return URI.create("gated:///");
  }

  @Override
  public String getScheme() {
    return "gated";
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    pass(path);
    return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    pass(path);
    return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
  }

  private void pass(Path path) throws IOException {
    String at = getConf().get(AT);
    if (at == null || !path.toUri().getPath().matches(at) || !isChosenBatch()) {
      return;
    }
    java.nio.file.Path folder = java.nio.file.Path.of(getConf().get(FOLDER));
    if (!reach(folder)) {
      return;
    }
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!Files.exists(folder.resolve(OPEN))) {
      if (Files.exists(folder.resolve(BROKEN))) {
        throw new IOException("Broken at the gate " + path);
      }
      if (System.nanoTime() > deadline) {
        throw new IOException("Waited %s for a gate at %s to open".formatted(LIMIT, path));
      }
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedIOException("Interrupted at the gate " + path);
      }
    }
  }

  private boolean isChosenBatch() {
    String batch = getConf().get(BATCH);
    TaskContext task = TaskContext.get();
    return batch == null
        || (task != null
            && batch.equals(task.getLocalProperty(MicroBatchExecution.BATCH_ID_KEY())));
  }

  /** Whether this process is the first at the gate; readers see its whole id or no file. */
  private static boolean reach(java.nio.file.Path folder) throws IOException {
    java.nio.file.Path id = Files.createTempFile(folder, "process", "");
    try {
      Files.writeString(id, Long.toString(ProcessHandle.current().pid()));
      Files.createLink(folder.resolve(REACHED), id);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.delete(id);
    }
  }
}
