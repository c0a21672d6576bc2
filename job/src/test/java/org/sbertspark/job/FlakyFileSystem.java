package org.sbertspark.job;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under {@code flaky:}, where closing a data file fails as often as a test asks for:
 * when all rows of a task are embedded and counted, and none is there yet.
 */
public final class FlakyFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "flaky";
  static final AtomicInteger FAILURES_LEFT = new AtomicInteger();

  /** Files whose paths hold this cannot be written. */
  static volatile String refusedPath;

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferBytes,
      short replication,
      long blockBytes,
      Progressable progress)
      throws IOException {
    requireSpace(file);
    return flaky(
        file, super.create(file, overwrite, bufferBytes, replication, blockBytes, progress));
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferBytes,
      short replication,
      long blockBytes,
      Progressable progress)
      throws IOException {
    requireSpace(file);
    return flaky(
        file,
        super.create(file, permission, overwrite, bufferBytes, replication, blockBytes, progress));
  }

  private static void requireSpace(Path file) throws IOException {
    if (refusedPath != null && file.toString().contains(refusedPath)) {
      throw new IOException("the disk is full");
    }
  }

  private static FSDataOutputStream flaky(Path file, FSDataOutputStream out) throws IOException {
    if (!file.getName().startsWith("part-")) {
      return out;
    }
    return new FSDataOutputStream(out, null) {
      @Override
      public void close() throws IOException {
        super.close();
        if (FAILURES_LEFT.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          throw new IOException("the disk is flaky");
        }
      }
    };
  }
}
