package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The text of a row: one column, several columns joined by a space, or a template such as <code>
 * {title}. {body}</code> (write <code>{{</code> and <code>}}</code> for braces).
 *
 * <p>A null column is left out together with the words that join it to the column before: the words
 * between two columns of a template stand only between two that are there, what stands before the
 * first and after the last column stays. If all are null, the text is null.
 *
 * @param prefix what stands before the first column
 * @param columns the columns' names, or paths into structs such as {@code meta.title}
 * @param joints what stands before each column but the first
 * @param suffix what stands behind the last column
 */
record TextColumn(String prefix, List<String> columns, List<String> joints, String suffix) {

  TextColumn {
    columns = List.copyOf(columns);
    joints = List.copyOf(joints);
    if (columns.isEmpty() || joints.size() != columns.size() - 1) {
      throw new IllegalArgumentException("a text needs columns, and a joint between any two");
    }
  }

  /**
   * Reads the values of {@code --text-col}: a template, or names of columns, also separated by
   * commas.
   *
   * @throws IllegalArgumentException if they say neither
   */
  static TextColumn parse(List<String> values) {
    if (values.stream().anyMatch(value -> value.indexOf('{') >= 0)) {
      if (values.size() > 1) {
        throw new IllegalArgumentException(
            "--text-col is given %d times, expected one template or names of columns"
                .formatted(values.size()));
      }
      return template(values.get(0));
    }
    List<String> columns = new ArrayList<>();
    for (String value : values) {
      for (String name : value.split(",", -1)) {
        if (name.isBlank()) {
          throw new IllegalArgumentException(
              "--text-col is \"%s\", expected the name of a column".formatted(value));
        }
        columns.add(name.strip());
      }
    }
    List<String> joints = columns.stream().skip(1).map(column -> " ").toList();
    return new TextColumn("", columns, joints, "");
  }

  private static TextColumn template(String template) {
    List<String> columns = new ArrayList<>();
    List<String> literals = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      char c = template.charAt(i);
      boolean doubled = i + 1 < template.length() && template.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        literal.append(c);
        i++;
      } else if (c == '{') {
        int end = template.indexOf('}', i);
        if (end < 0) {
          throw badTemplate(template, "a { without its }");
        }
        String name = template.substring(i + 1, end).strip();
        if (name.isEmpty()) {
          throw badTemplate(template, "no name between { and }");
        }
        columns.add(name);
        literals.add(literal.toString());
        literal.setLength(0);
        i = end;
      } else if (c == '}') {
        throw badTemplate(template, "a } without its {");
      } else {
        literal.append(c);
      }
    }
    if (columns.isEmpty()) {
      throw badTemplate(template, "no {column}");
    }
    return new TextColumn(
        literals.get(0), columns, literals.subList(1, literals.size()), literal.toString());
  }

  private static IllegalArgumentException badTemplate(String template, String fault) {
    return new IllegalArgumentException(
        "--text-col \"%s\" has %s; write a template like \"{title}. {body}\", and {{ for a brace"
            .formatted(template, fault));
  }

  /** The column's name, if the text is nothing but a top-level column of this table. */
  Optional<String> plainColumn(Dataset<Row> rows) {
    return columns.size() == 1 && prefix.isEmpty() && suffix.isEmpty()
        ? Columns.find(rows.schema(), columns.get(0)).map(field -> field.name())
        : Optional.empty();
  }

  /**
   * The text as a column of this table.
   *
   * @throws JobException if a column is missing or no string
   */
  Column in(Dataset<Row> rows) {
    Column first = strings(rows, columns.get(0));
    if (columns.size() == 1 && prefix.isEmpty() && suffix.isEmpty()) {
      return first;
    }
    Column text = first;
    Column present = first;
    for (int i = 1; i < columns.size(); i++) {
      Column next = strings(rows, columns.get(i));
      Column joint = when(present.isNotNull(), lit(joints.get(i - 1))).otherwise("");
      text =
          concat(
              coalesce(text, lit("")),
              when(next.isNotNull(), concat(joint, next)).otherwise(lit("")));
      present = coalesce(present, next);
    }
    return when(present.isNotNull(), concat(lit(prefix), text, lit(suffix)));
  }

  private static Column strings(Dataset<Row> rows, String name) {
    Column column =
        Columns.find(rows.schema(), name)
            .map(field -> Columns.named(field.name()))
            .orElseGet(() -> functions.col(name));
    DataType type;
    try {
      type = rows.select(column).schema().fields()[0].dataType();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        throw new JobException(
            "Cannot embed column \"%s\": the input has no such column, it has: %s; name one with --text-col"
                .formatted(name, Columns.list(rows.schema())),
            e);
      }
      throw e;
    }
    if (!type.equals(DataTypes.StringType)) {
      throw new JobException(
          "Cannot embed column \"%s\": it is %s, expected string"
              .formatted(name, type.catalogString()));
    }
    return column;
  }
}
