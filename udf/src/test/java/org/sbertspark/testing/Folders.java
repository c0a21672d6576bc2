package org.sbertspark.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whole folders, for tests that change a model. */
public final class Folders {
  private Folders() {}

  /**
   * Copies all files of a folder.
   *
   * @param to made where it is missing
   * @return {@code to}
   */
  public static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path file : tree.filter(path -> !path.equals(from)).toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
    return to;
  }
}
