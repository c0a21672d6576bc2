package org.sbertspark.job;

import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.ml.ColumnNames;

/** Columns by their plain names, as Spark matches them: whatever their case, dots and all. */
final class Columns {
  private Columns() {}

  /** The top-level column of this name: the exact one before one in another case. */
  static Optional<StructField> find(StructType schema, String name) {
    return Arrays.stream(schema.fields())
        .filter(field -> field.name().equals(name))
        .findFirst()
        .or(
            () ->
                Arrays.stream(schema.fields())
                    .filter(field -> field.name().equalsIgnoreCase(name))
                    .findFirst());
  }

  static boolean has(StructType schema, String name) {
    return find(schema, name).isPresent();
  }

  /** A reference that takes dots and backticks in the name as they are. */
  static Column named(String name) {
    return functions.col(ColumnNames.quoted(name));
  }

  /** A name that no column of this schema has. */
  static String unused(StructType schema, String wanted) {
    String name = wanted;
    while (has(schema, name)) {
      name = "_" + name;
    }
    return name;
  }

  static String list(StructType schema) {
    return schema.isEmpty() ? "none" : String.join(", ", schema.fieldNames());
  }
}
