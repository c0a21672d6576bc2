package org.sbertspark.inference;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are either whole or not there. */
final class AtomicFile {
  private AtomicFile() {}

  /** Writes a file; the consumer may throw. */
  interface Content {
    void writeTo(Path file) throws IOException;
  }

  /** Copies a file into the one that is being written, whose permissions stay the owner's alone. */
  static void copy(Path from, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      Files.copy(from, out);
    }
  }

  /** Writes beside the target, then moves into place; nothing is left behind after a failure. */
  static void write(Path target, Content content) throws IOException {
    Files.createDirectories(target.getParent());
    Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".tmp");
    try {
      content.writeTo(temporary);
      try {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
