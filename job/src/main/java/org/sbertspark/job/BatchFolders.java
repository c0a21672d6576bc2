package org.sbertspark.job;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FSDataInputStream;
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

  /** Says which checkpoint the output's batches are of; Spark's readers leave it alone. */
  private static final String OWNER = "_sbert_checkpoint";

  private static final String TEMPORARY = "batch";
  private static final String REMOVED = "removed";

  private final FileSystem files;
  private final Path output;

  /** The checkpoint whose batches these are; null: of none in particular. */
  private String owner;

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

  /** The highest number of a stream's micro-batches with these names. */
  static OptionalLong lastOf(String stream, Set<String> names) {
    String prefix = stream + "-";
    return names.stream()
        .filter(name -> name.startsWith(prefix))
        .mapToLong(name -> Long.parseLong(name.substring(prefix.length())))
        .max();
  }

  /**
   * Lets only the checkpoint of this id put batches here; the first one claims the output for it.
   *
   * @throws JobException if it is another one's
   */
  void ownedBy(String checkpoint) {
    owner = checkpoint;
    requireClaim();
  }

  /**
   * Checks that the output is nobody else's.
   *
   * @throws JobException if it is, or if it was written anew by something else
   */
  void requireClaim() {
    try {
      String claimed = claimed();
      if (owner != null && !claimed.equals(owner) && !(claimed.isEmpty() && isEmpty())) {
        throw new JobException(
            "Cannot go on writing %s: it is not the output of this checkpoint any more; name another --output with another --checkpoint"
                .formatted(output));
      }
    } catch (IOException e) {
      throw new JobException("Cannot read %s: %s".formatted(output, e.getMessage()), e);
    }
  }

  private void claim() throws IOException {
    requireClaim();
    if (owner != null && claimed().isEmpty()) {
      WholeFile.write(files, new Path(output, OWNER), owner.getBytes(StandardCharsets.US_ASCII));
      requireClaim();
    }
  }

  /** Whether readers find nothing there. */
  private boolean isEmpty() throws IOException {
    return !files.exists(output)
        || Arrays.stream(files.listStatus(output))
            .allMatch(file -> file.getPath().getName().matches("[._].*"));
  }

  /** The checkpoint whose output this is; empty if it is nobody's. */
  private String claimed() throws IOException {
    Path file = new Path(output, OWNER);
    if (!files.exists(file)) {
      return "";
    }
    try (FSDataInputStream in = files.open(file)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }

  boolean has(String batch) throws IOException {
    return files.exists(place(batch));
  }

  /**
   * Puts a batch in its place, whatever was there before.
   *
   * @param writer writes it to the folder that it is given, which does not exist
   * @throws JobException if the output is another checkpoint's
   */
  void put(String batch, Consumer<Path> writer) throws IOException {
    Path temporary = Siblings.of(output, TEMPORARY);
    try {
      writer.accept(temporary);
      files.mkdirs(output);
      claim();
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
