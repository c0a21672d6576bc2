package org.sbertspark.evaluation;

import java.util.Arrays;

/** Lines of tab-separated fields without quotes, as benchmarks have them. */
public final class TabSeparated {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private TabSeparated() {}

  /** At least one; without the blanks around them, the line's end and a byte order mark. */
  public static String[] fields(String line) {
    String text = line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
    return Arrays.stream(text.split("\t", -1)).map(String::strip).toArray(String[]::new);
  }

  /**
   * A number in decimal digits.
   *
   * @throws IllegalArgumentException if it is none; the message does not quote it: a line that was
   *     taken apart wrongly may have text there
   */
  static double number(String name, String field) {
    try {
      return Double.parseDouble(field);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Cannot read a %s: it is no number (%d characters), expected one such as 3.5"
              .formatted(name, field.length()),
          e);
    }
  }
}
