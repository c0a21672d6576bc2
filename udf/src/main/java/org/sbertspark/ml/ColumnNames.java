package org.sbertspark.ml;

/** Names of columns in Spark's expressions. */
public final class ColumnNames {
  private ColumnNames() {}

  /** The name as an identifier in which dots and backticks mean nothing. */
  public static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
