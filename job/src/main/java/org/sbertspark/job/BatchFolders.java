package org.sbertspark.job;

import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Micro-batches as folders {@code sbert_batch=NAME} of an output. A batch is written beside the
 * output and then takes its place as a whole, so whoever lists the output sees all of a batch or
 * nothing, and putting a batch twice leaves it there once. Readers of partitioned tables find the
 * folders by themselves and show the name as a column.
 *
 * <p>On file systems that cannot rename (object stores) a batch appears file by file; it is then
 * put again, whole, if the run dies in between.
 */
final class BatchFolders {
  /** Readers show it as a column. */
  static final String COLUMN = "sbert_batch";

  private static final String TEMPORARY = "batch";
  private static final String REMOVED = "removed";

  private final FileSystem files;
  private final Path output;

  /**
   * @param output qualified; made when the first batch is put
   */
  BatchFolders(FileSystem files, Path output) {
    this.files = files;
    this.output = output;
  }

  /**
   * A micro-batch's name: sorts as batches are numbered, and reads as a string for readers that
   * guess types.
   */
  static String name(String stream, long batch) {
    return String.format(Locale.ROOT, "%s-%06d", stream, batch);
  }

  boolean has(String batch) throws IOException {
    return files.exists(place(batch));
  }

  /**
   * Puts a batch in its place, whatever was there before.
   *
   * @param writer writes it to the folder that it is given, which does not exist
   */
  void put(String batch, Consumer<Path> writer) throws IOException {
    Path temporary = Siblings.of(output, TEMPORARY);
    try {
      writer.accept(temporary);
      files.mkdirs(output);
      Siblings.replace(files, temporary, place(batch));
    } finally {
      files.delete(temporary, true);
    }
  }

  /** Removes what killed runs have left beside and in the output. */
  void removeLeftovers() throws IOException {
    if (files.exists(output.getParent())) {
      for (FileStatus file : files.listStatus(output.getParent())) {
        if (Siblings.isOne(file.getPath(), output, TEMPORARY)) {
          remove(file.getPath());
        } else if (Siblings.isOne(file.getPath(), output, REMOVED)) {
          files.delete(file.getPath(), true);
        }
      }
    }
    if (files.exists(output)) {
      for (FileStatus file : files.listStatus(output)) {
        if (file.getPath().getName().startsWith("." + COLUMN + "=")) {
          files.delete(file.getPath(), true);
        }
      }
    }
  }

  /** First aside as a whole: a run that still lives could put half of it in its place. */
  private void remove(Path leftover) throws IOException {
    Path removed = Siblings.of(output, REMOVED);
    Siblings.rename(files, leftover, removed);
    files.delete(removed, true);
  }

  private Path place(String batch) {
    return new Path(output, COLUMN + "=" + batch);
  }
}
