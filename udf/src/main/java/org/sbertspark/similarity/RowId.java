package org.sbertspark.similarity;

import java.io.Serializable;
import java.util.Comparator;

/**
 * What names a row: a whole number or a string. Of equally near rows the one with the smaller id
 * comes first: numbers by value, strings as Java compares them, numbers before strings.
 *
 * @param text null for a number
 * @param number 0 for a string
 */
public record RowId(String text, long number) implements Comparable<RowId>, Serializable {
  private static final Comparator<RowId> ORDER =
      Comparator.comparing(RowId::text, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparingLong(RowId::number);

  public static RowId of(long number) {
    return new RowId(null, number);
  }

  public static RowId of(String text) {
    return new RowId(text, 0);
  }

  /** A Long or a String. */
  public Object value() {
    return text == null ? (Object) number : text;
  }

  @Override
  public int compareTo(RowId other) {
    return text == null && other.text == null
        ? Long.compare(number, other.number)
        : ORDER.compare(this, other);
  }
}
