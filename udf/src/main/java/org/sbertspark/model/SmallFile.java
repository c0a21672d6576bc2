package org.sbertspark.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of a model folder that is read whole: anything but weights. */
final class SmallFile {
  /** The largest tokenizers in use have about 35 MB. */
  private static final long MAX_BYTES = 256L << 20;

  private SmallFile() {}

  static byte[] bytes(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ModelException(
            "Cannot read %s: it has %d bytes, expected at most %d"
                .formatted(file, size, MAX_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** The lines of a UTF-8 text without their ends (LF, CR LF or CR); malformed UTF-8 is refused. */
  static List<String> lines(Path file) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes(file)))
          .toString()
          .lines()
          .toList();
    } catch (CharacterCodingException e) {
      throw new ModelException("Cannot read " + file + ": it is not UTF-8 text", e);
    }
  }
}
