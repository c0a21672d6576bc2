package org.sbertspark.job;

/** A text as it is shown in a line. */
final class Shortened {
  private static final int CHARACTERS = 100;

  private Shortened() {}

  /** On one line, its end cut off if it is long; {@code (null)} for none. */
  static String of(String text) {
    if (text == null) {
      return "(null)";
    }
    String line = text.replaceAll("\\s+", " ").strip();
    return line.codePointCount(0, line.length()) <= CHARACTERS
        ? line
        : line.substring(0, line.offsetByCodePoints(0, CHARACTERS - 3)) + "...";
  }
}
