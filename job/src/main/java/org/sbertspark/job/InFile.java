package org.sbertspark.job;

import java.util.function.Supplier;

/** Where a line stands that cannot be read. */
final class InFile {
  private InFile() {}

  /**
   * What is read.
   *
   * @throws JobException if it cannot be, with the file's name
   */
  static <T> T read(String file, Supplier<T> line) {
    try {
      return line.get();
    } catch (IllegalArgumentException e) {
      throw new JobException("%s (in %s)".formatted(e.getMessage(), file), e);
    }
  }
}
