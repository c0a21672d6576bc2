package org.sbertspark.it;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local file system under the scheme {@code slow}, where every file keeps one waiting. */
public final class SlowFileSystem extends RawLocalFileSystem {
  private static final Duration DELAY = Duration.ofMillis(300);

  @Override
  public URI getUri() {
    return URI.create("slow:///");
  }

  @Override
  public String getScheme() {
    return "slow";
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    LockSupport.parkNanos(DELAY.toNanos());
    return super.open(path, bufferSize);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    LockSupport.parkNanos(DELAY.toNanos());
    return super.listStatus(path);
  }
}
