package org.sbertspark.ml;

import java.util.Locale;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What became of a row's text, as a column: {@code tokens} (that were read, special ones included),
 * {@code truncated} (whether there were more), {@code status} and {@code reason}. Of a text that
 * failed tokens and truncated are not known: null. The reason is null for all others.
 */
final class RowOutcome {
  static final StructType TYPE =
      new StructType()
          .add("tokens", DataTypes.IntegerType)
          .add("truncated", DataTypes.BooleanType)
          .add("status", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType);

  /** What a text came to. */
  private enum Status {
    OK,
    /** There is no text, and no vector. */
    NULL,
    /** The text is empty or blank; its vector is that of no words. */
    EMPTY,
    /** The engine failed on the text; there is no vector. */
    FAILED;

    @SuppressWarnings("ImmutableEnumChecker") // never changed, though Spark's class could be
    private final UTF8String label = UTF8String.fromString(name().toLowerCase(Locale.ROOT));
  }

  private static final InternalRow OF_NULL = row(0, false, Status.NULL, null);

  private RowOutcome() {}

  static InternalRow ofNull() {
    return OF_NULL;
  }

  static InternalRow of(String text, int tokens, boolean truncated) {
    return row(tokens, truncated, text.isBlank() ? Status.EMPTY : Status.OK, null);
  }

  /**
   * @param reason a short code
   */
  static InternalRow failed(String reason) {
    return row(null, null, Status.FAILED, reason);
  }

  private static InternalRow row(Integer tokens, Boolean truncated, Status status, String reason) {
    return new GenericInternalRow(
        new Object[] {tokens, truncated, status.label, UTF8String.fromString(reason)});
  }
}
