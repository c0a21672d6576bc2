package org.sbertspark.job;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;

/**
 * A task's data as a table with named columns.
 *
 * @param paths as the user gave them, for messages
 */
record TaskTable(String paths, Dataset<Row> rows) {

  /**
   * Opens the files, and counts malformed records, which have nulls and are left out.
   *
   * @throws JobException if there are none, or a record is malformed and the mode is FAILFAST
   */
  static TaskTable open(TaskOptions options, SparkSession spark, PrintWriter err) {
    return open(options.paths, options.read, spark, err);
  }

  static TaskTable open(List<String> paths, ReadOptions read, SparkSession spark, PrintWriter err) {
    Input input = new InputReader(spark).open(paths, read);
    Warnings.malformedLeftOut(Survey.of(input, RowCosts.OF_ANY_ROW).malformed(), err);
    return new TaskTable(String.join(", ", paths), input.rows());
  }

  /** What a column may hold. */
  enum Holding {
    TEXT("a string") {
      @Override
      boolean allows(DataType type) {
        return type.equals(DataTypes.StringType);
      }
    },

    /** CSV files have strings only. */
    NUMBER("a number or a boolean") {
      @Override
      boolean allows(DataType type) {
        return LABEL.allows(type);
      }
    },

    LABEL("a string, a number or a boolean") {
      @Override
      boolean allows(DataType type) {
        return type instanceof NumericType
            || type instanceof BooleanType
            || type.equals(DataTypes.StringType);
      }
    };

    private final String expected;

    Holding(String expected) {
      this.expected = expected;
    }

    abstract boolean allows(DataType type);
  }

  /**
   * A column that the task needs.
   *
   * @param option that names it; null if none does
   * @param given what the option says; may be null
   * @param usual names that it has in the files of benchmarks, the first of which is taken
   * @throws JobException if there is none, or if it holds something else
   */
  Column column(String option, String given, List<String> usual, Holding holding) {
    StructField field = field(option, given, usual);
    if (!holding.allows(field.dataType())) {
      throw new JobException(
          "Cannot evaluate with column \"%s\" of %s: it is %s, expected %s"
              .formatted(field.name(), paths, field.dataType().catalogString(), holding.expected));
    }
    return Columns.named(field.name());
  }

  /** As {@link #column}, whatever it holds. */
  StructField field(String option, String given, List<String> usual) {
    Stream<String> names = given == null ? usual.stream() : Stream.of(given);
    return names
        .flatMap(name -> Columns.find(rows.schema(), name).stream())
        .findFirst()
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot evaluate with column \"%s\": %s has no such column, it has: %s; %s"
                        .formatted(
                            given == null ? usual.get(0) : given,
                            paths,
                            Columns.list(rows.schema()),
                            option == null
                                ? "expected one of " + String.join(", ", usual)
                                : "name one with " + option)));
  }

  boolean has(String column) {
    return Columns.has(rows.schema(), column);
  }

  /** Whether the column holds arrays of what is allowed. */
  static boolean isArrayOf(StructField field, Holding holding) {
    return field.dataType() instanceof ArrayType array && holding.allows(array.elementType());
  }

  /**
   * A column of numbers as double.
   *
   * @throws JobException if a value is there that is no finite number; it is not quoted
   */
  Column numbers(Column column) {
    Column number = column.cast(DataTypes.DoubleType);
    Column finite =
        number.isNotNull().and(not(isnan(number))).and(abs(number).lt(Double.POSITIVE_INFINITY));
    long wrong = rows.filter(column.isNotNull().and(not(coalesce(finite, lit(false))))).count();
    if (wrong > 0) {
      throw new JobException(
          "Cannot evaluate with column \"%s\" of %s: %,d of its values are no numbers, expected such as 3.5"
              .formatted(rows.select(column).columns()[0], paths, wrong));
    }
    return number;
  }
}
