package org.sbertspark.job;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.internal.SQLConf;
import scala.Tuple2;
import scala.collection.JavaConverters;

/** What must not be shown: values of options whose names Spark takes for those of secrets. */
final class Secrets {
  /** What Spark's own settings say of such names. */
  private static final List<String> SETTINGS =
      List.of("spark.redaction.regex", "spark.sql.redaction.options.regex");

  private Secrets() {}

  /**
   * The options with Spark's mark in place of secret values. Values are not looked at: one such as
   * {@code nullValue=secret} decides rows, and is none.
   */
  static Map<String, String> hidden(Map<?, ?> options) {
    SparkConf given = new SparkConf();
    SQLConf spark = new SQLConf();
    for (String setting : SETTINGS) {
      if (given.contains(setting)) {
        spark.setConfString(setting, given.get(setting));
      }
    }
    Map<String, String> shown = new LinkedHashMap<>();
    options.forEach(
        (name, value) -> {
          Tuple2<String, String> bare = new Tuple2<>(name.toString(), "");
          String mark = spark.redactOptions(one(bare)).head()._2();
          shown.put(name.toString(), mark.isEmpty() ? String.valueOf(value) : mark);
        });
    return shown;
  }

  private static scala.collection.Seq<Tuple2<String, String>> one(Tuple2<String, String> option) {
    return JavaConverters.asScalaBuffer(List.of(option));
  }
}
