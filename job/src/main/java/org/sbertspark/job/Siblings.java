package org.sbertspark.job;

import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Folders that are written beside their place, and take it when they are whole. */
final class Siblings {
  private Siblings() {}

  /** A new name beside this folder; Spark's readers of the parent leave it alone. */
  static Path of(Path folder, String what) {
    return new Path(
        folder.getParent(), prefix(folder, what) + UUID.randomUUID().toString().substring(0, 8));
  }

  /** Whether {@link #of} gives such names. */
  static boolean isOne(Path sibling, Path folder, String what) {
    return sibling.getName().startsWith(prefix(folder, what));
  }

  private static String prefix(Path folder, String what) {
    return ".%s.sbert-%s-".formatted(folder.getName(), what);
  }

  /**
   * Puts a folder in the place of another, which goes only when the new one is there.
   *
   * @throws IOException if that fails; the old one is in its place then
   */
  static void replace(FileSystem files, Path replacement, Path place) throws IOException {
    if (!files.exists(place)) {
      rename(files, replacement, place);
      return;
    }
    Path old = of(place, "old");
    rename(files, place, old);
    try {
      rename(files, replacement, place);
    } catch (IOException e) {
      rename(files, old, place);
      throw e;
    }
    files.delete(old, true);
  }

  /**
   * Renames.
   *
   * @throws IOException if the file system says that it did not
   */
  static void rename(FileSystem files, Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException("could not rename %s to %s".formatted(from, to));
    }
  }
}
