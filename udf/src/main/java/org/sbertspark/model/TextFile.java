package org.sbertspark.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A text file of a model folder, in UTF-8. */
final class TextFile {
  private TextFile() {}

  /** The lines without their ends (LF, CR LF or CR). Malformed UTF-8 is refused. */
  static List<String> lines(Path file) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString()
          .lines()
          .toList();
    } catch (CharacterCodingException e) {
      throw new ModelException("Cannot read " + file + ": it is not UTF-8 text", e);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
