package org.sbertspark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small table of vectors, as JSON lines. */
final class VectorFile {
  private VectorFile() {}

  /** Two groups of near rows, and rows without a usable vector. */
  static String write(Path folder) {
    return write(
        folder,
        "rows.jsonl",
        "{\"id\": 1, \"text\": \"one\", \"embedding\": [1.0, 0.0]}",
        "{\"id\": 2, \"text\": \"two\", \"embedding\": [1.0, 0.01]}",
        "{\"id\": 3, \"text\": \"three\", \"embedding\": [1.0, 0.02]}",
        "{\"id\": 4, \"text\": \"four\", \"embedding\": [0.0, 2.0]}",
        "{\"id\": 5, \"text\": \"five\", \"embedding\": [0.02, 2.0]}",
        "{\"id\": 6, \"text\": \"six\", \"embedding\": [-1.0, -1.0]}",
        "{\"id\": 7, \"text\": \"seven\", \"embedding\": [0.0, 0.0]}",
        "{\"id\": 8, \"text\": \"eight\", \"embedding\": null}");
  }

  static String write(Path folder, String name, String... lines) {
    try {
      return Files.write(folder.resolve(name), List.of(lines)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Rows 1 and 1: an id that is there twice. */
  static String twice(Path folder) {
    return write(
        folder,
        "twice.jsonl",
        "{\"id\": 1, \"embedding\": [1.0, 1.0]}",
        "{\"id\": 1, \"embedding\": [1.0, 2.0]}");
  }
}
