package org.sbertspark.job;

import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.ml.ColumnNames;

/**
 * A column of vectors in a type that MLlib's algorithms take.
 *
 * <p>Files give arrays back as ones that may have nulls inside, which MLlib refuses whatever is in
 * them; and JSON and ORC store MLlib's vector as a struct, and give it back as one.
 *
 * @param name of the column
 * @param sql how it is made of another column; empty if the table has it as it is
 */
record VectorColumn(String name, Optional<String> sql) {
  static final String EXPECTED = "vector, array<float> or array<double>";

  /** The vectors in this column; none if it holds something else. */
  static Optional<VectorColumn> of(StructType schema, StructField field) {
    DataType type = field.dataType();
    if (type.equals(SQLDataTypes.VectorType())
        || (isArrayOfNumbers(type) && !((ArrayType) type).containsNull())) {
      return Optional.of(new VectorColumn(field.name(), Optional.empty()));
    }
    String quoted = ColumnNames.quoted(field.name());
    String name = Columns.unused(schema, "_sbert_vector");
    if (isArrayOfNumbers(type)) {
      return Optional.of(new VectorColumn(name, Optional.of(withoutNulls(quoted))));
    }
    return isStoredVector(type)
        ? Optional.of(new VectorColumn(name, Optional.of(withoutNulls(quoted + ".values"))))
        : Optional.empty();
  }

  /** A null inside becomes infinite, which makes the vector one that is not finite. */
  private static String withoutNulls(String array) {
    // Spark takes double('Infinity') for something that may be null.
    return "transform(%s, x -> coalesce(double(x), 1E308D * 10D))".formatted(array);
  }

  /** Whether values of this type are vectors, or vectors in the form in which they are stored. */
  static boolean holdsVectors(DataType type) {
    return type.equals(SQLDataTypes.VectorType()) || isArrayOfNumbers(type) || isStoredVector(type);
  }

  private static boolean isArrayOfNumbers(DataType type) {
    return type instanceof ArrayType array
        && (array.elementType() instanceof FloatType || array.elementType() instanceof DoubleType);
  }

  private static boolean isStoredVector(DataType type) {
    return type instanceof StructType struct
        && Columns.has(struct, "type")
        && Columns.find(struct, "values").filter(f -> isArrayOfNumbers(f.dataType())).isPresent();
  }

  /** The table with this column. */
  Dataset<Row> addTo(Dataset<Row> rows) {
    return sql.map(text -> rows.withColumn(name, functions.expr(text))).orElse(rows);
  }

  /** The table without it, if it was added. */
  Dataset<Row> dropFrom(Dataset<Row> rows) {
    return sql.isPresent() ? rows.drop(Columns.named(name)) : rows;
  }

  /** How it is added, as a statement for Spark ML's SQLTransformer. */
  Optional<String> statement() {
    return sql.map(text -> "SELECT *, %s AS `%s` FROM __THIS__".formatted(text, name));
  }
}
