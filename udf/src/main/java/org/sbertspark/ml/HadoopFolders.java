package org.sbertspark.ml;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Folders on file systems that Hadoop knows. */
final class HadoopFolders {
  private HadoopFolders() {}

  /**
   * Copies a local folder; a reader sees the whole or nothing.
   *
   * @throws FileAlreadyExistsException if the target is there already
   */
  static void publish(java.nio.file.Path local, Path target, Configuration hadoop)
      throws IOException {
    FileSystem files = target.getFileSystem(hadoop);
    Path part = new Path(target.getParent(), "." + target.getName() + "-" + UUID.randomUUID());
    try {
      files.mkdirs(target.getParent());
      files.copyFromLocalFile(false, true, new Path(local.toUri()), part);
      // Where there is a folder already, a rename would move into it.
      if (files.exists(target) || !files.rename(part, target)) {
        throw new FileAlreadyExistsException(target.toString());
      }
    } finally {
      files.delete(part, true);
    }
  }
}
