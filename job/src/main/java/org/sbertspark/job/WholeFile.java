package org.sbertspark.job;

import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/** Small files that are replaced whole: whoever reads meanwhile sees the old one or the new one. */
final class WholeFile {
  private WholeFile() {}

  static void write(FileSystem files, Path file, byte[] bytes) throws IOException {
    Path temporary =
        new Path(
            file.getParent(),
            ".%s.%s.tmp".formatted(file.getName(), UUID.randomUUID().toString().substring(0, 8)));
    if (files instanceof LocalFileSystem local) {
      // One atomic step, and no file of checksums that would not fit if the run is killed here.
      put(local.getRaw(), temporary, bytes);
      Siblings.rename(local.getRaw(), temporary, file);
      return;
    }
    FileContext context;
    try {
      context = FileContext.getFileContext(file.getParent().toUri(), files.getConf());
    } catch (UnsupportedFileSystemException e) {
      // An object store: a file appears there, whole, when its stream is closed.
      put(files, file, bytes);
      return;
    }
    put(files, temporary, bytes);
    context.rename(temporary, file, Options.Rename.OVERWRITE);
  }

  private static void put(FileSystem files, Path file, byte[] bytes) throws IOException {
    try (OutputStream out = files.create(file, true)) {
      out.write(bytes);
    }
  }
}
