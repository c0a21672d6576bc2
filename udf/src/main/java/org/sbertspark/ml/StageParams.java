package org.sbertspark.ml;

import java.io.Serializable;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;
import scala.Function1;

/** Makes the Params of a stage, with validators that say what was expected. */
record StageParams(Identifiable stage) {

  Param<String> text(String name, String doc) {
    return new Param<>(
        stage,
        name,
        doc,
        valid(name, "text that is not blank", (String value) -> !value.isBlank()));
  }

  <E extends Enum<E> & NamedChoice> Param<String> choice(String name, String doc, Class<E> type) {
    return new Param<>(
        stage,
        name,
        doc,
        valid(
            name,
            "one of " + NamedChoice.labels(type),
            value -> NamedChoice.find(type, value).isPresent()));
  }

  IntParam number(String name, String doc, int least) {
    return new IntParam(
        stage, name, doc, valid(name, least + " or more", value -> (int) value >= least));
  }

  interface Check<T> extends Serializable {
    boolean passes(T value);
  }

  /**
   * A validator that says what was expected; Spark's own message names only the value. It throws
   * itself instead of returning false.
   */
  static <T> Function1<T, Object> valid(String name, String expected, Check<T> check) {
    return (Function1<T, Object> & Serializable)
        value -> {
          if (value == null || !check.passes(value)) {
            throw new IllegalArgumentException(
                "%s is %s, expected %s".formatted(name, shown(value), expected));
          }
          return true;
        };
  }

  private static String shown(Object value) {
    return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
  }

  /**
   * The value of a Param that must have one.
   *
   * @param task what cannot be done without
   * @throws IllegalArgumentException if it has none
   */
  static String required(Params stage, Param<String> param, String task) {
    if (!stage.isDefined(param)) {
      throw new IllegalArgumentException(
          "Cannot %s: %s is not set, expected the %s".formatted(task, param.name(), param.doc()));
    }
    return stage.getOrDefault(param);
  }

  /** As the session resolves names. */
  static boolean sameName(String a, String b) {
    return SQLConf.get().caseSensitiveAnalysis() ? a.equals(b) : a.equalsIgnoreCase(b);
  }

  /**
   * Checks that there is no such column yet.
   *
   * @param column that names it
   * @throws IllegalArgumentException if there is
   */
  static void requireNewColumn(StructType schema, String name, Param<String> column) {
    for (String existing : schema.fieldNames()) {
      if (sameName(existing, name)) {
        throw new IllegalArgumentException(
            "Cannot write to column \"%s\": it exists already; drop it or choose another %s"
                .formatted(name, column.name()));
      }
    }
  }
}
