package org.sbertspark.job;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * A file that is called as models are: local if it has no scheme, whatever Hadoop's default file
 * system is, else on any file system that Hadoop knows.
 *
 * @param given as the user wrote it, for messages
 */
record UserFile(String given, FileSystem files, Path path) {
  /** What is read whole: golden texts and their vectors. */
  private static final long MAX_BYTES = 1L << 30;

  static UserFile of(String location, Configuration hadoop) {
    try {
      if (location.contains(":/")) {
        Path path = new Path(location);
        return new UserFile(location, raw(path.getFileSystem(hadoop)), path);
      }
      Path path = new Path(new File(location).getAbsoluteFile().toURI());
      return new UserFile(location, raw(FileSystem.getLocal(hadoop)), path);
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot use %s: %s".formatted(location, e.getMessage()), e);
    }
  }

  /** No checksum files beside what is written. */
  private static FileSystem raw(FileSystem files) {
    return files instanceof org.apache.hadoop.fs.LocalFileSystem local ? local.getRaw() : files;
  }

  /** The file of this name in this folder. */
  UserFile child(String name) {
    return new UserFile(given + "/" + name, files, new Path(path, name));
  }

  /** The file of this name beside this one. */
  UserFile sibling(String name) {
    Path beside = new Path(path.getParent(), name);
    return new UserFile(beside.toString(), files, beside);
  }

  String name() {
    return path.getName();
  }

  boolean exists() {
    try {
      return files.exists(path);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  boolean isFolder() {
    try {
      return files.exists(path) && files.getFileStatus(path).isDirectory();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  byte[] read() {
    try {
      FileStatus status = files.getFileStatus(path);
      if (status.isDirectory() || status.getLen() > MAX_BYTES) {
        throw new JobException(
            "Cannot read %s: it is %s, expected a file of at most %d bytes"
                .formatted(
                    given,
                    status.isDirectory() ? "a folder" : status.getLen() + " bytes long",
                    MAX_BYTES));
      }
      try (InputStream in = files.open(path)) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private JobException unreadable(IOException e) {
    return new JobException("Cannot read %s: %s".formatted(given, e.getMessage()), e);
  }

  /** Copies a local file here; what was here is replaced, and readers see the old or the new. */
  void copyFrom(java.nio.file.Path local) {
    Path temporary =
        new Path(path.getParent(), ".%s.%s.tmp".formatted(path.getName(), UUID.randomUUID()));
    try {
      if (path.getParent() != null) {
        files.mkdirs(path.getParent());
      }
      FileContext context;
      try {
        context = FileContext.getFileContext(path.toUri(), files.getConf());
      } catch (UnsupportedFileSystemException e) {
        // An object store: a file appears there, whole, when its stream is closed.
        files.copyFromLocalFile(false, true, new Path(local.toUri()), path);
        return;
      }
      try {
        files.copyFromLocalFile(false, true, new Path(local.toUri()), temporary);
        context.rename(temporary, path, Options.Rename.OVERWRITE);
      } finally {
        files.delete(temporary, false);
      }
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(given, e.getMessage()), e);
    }
  }
}
