package org.sbertspark.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.DevSet.ScoredTexts;

/**
 * Reads pairs of texts with human scores: a table, SICK's files, or those of SemEval's STS, which
 * have no header: score, first and second text, separated by tabs.
 */
final class DevPairs {
  private static final List<String> SCORES = List.of("score", "label", "relatedness_score");
  private static final List<String> FIRST = List.of("sentence1", "sentence_A", "first");
  private static final List<String> SECOND = List.of("sentence2", "sentence_B", "second");

  /** They are sent to the executor that trains, and all encoded at each evaluation. */
  private static final int MAX_PAIRS = 100_000;

  private static final Pattern STS_LINE = Pattern.compile("[ 0-9.]*\\t[^\\t]*\\t[^\\t]*");

  private final String path;
  private final Dataset<Row> rows;

  private DevPairs(String path, Dataset<Row> rows) {
    this.path = path;
    this.rows = rows;
  }

  /**
   * Reads the pairs; those without a score or a text are left out.
   *
   * @throws JobException if a column is missing, or there are too few pairs or too many
   */
  static DevSet read(String path, SparkSession spark) {
    return new DevPairs(path, open(path, spark)).pairs();
  }

  private static Dataset<Row> open(String path, SparkSession spark) {
    InputReader reader = new InputReader(spark);
    ReadOptions options = new ReadOptions();
    List<FileStatus> files = reader.files(List.of(path));
    options.format = InputReader.formatOf(files);
    if (options.format != InputFormat.TSV && options.format != InputFormat.TEXT) {
      return reader.open(List.of(path), options).rows();
    }
    options.format = InputFormat.TSV;
    List<String> lines = spark.read().textFile(files.get(0).getPath().toString()).takeAsList(1);
    boolean header = lines.stream().noneMatch(line -> STS_LINE.matcher(line).matches());
    options.readOptions.put("header", Boolean.toString(header));
    Dataset<Row> rows = reader.open(List.of(path), options).rows();
    return header ? rows : rows.toDF("score", "sentence1", "sentence2", "_corrupt_record");
  }

  private DevSet pairs() {
    Column score = column(SCORES, "a score").cast(DataTypes.DoubleType);
    Dataset<Row> whole =
        rows.select(score, column(FIRST, "a first text"), column(SECOND, "a second text"))
            .na()
            .drop();
    List<ScoredTexts> pairs = new ArrayList<>();
    for (Row row : whole.takeAsList(MAX_PAIRS + 1)) {
      pairs.add(new ScoredTexts(row.getDouble(0), row.getString(1), row.getString(2)));
    }
    if (pairs.size() > MAX_PAIRS) {
      throw new JobException(
          "Cannot evaluate on %s: it has more than %d pairs; give some of them"
              .formatted(path, MAX_PAIRS));
    }
    try {
      return new DevSet(pairs);
    } catch (IllegalArgumentException e) {
      throw new JobException("Cannot evaluate on %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  private Column column(List<String> names, String what) {
    Optional<StructField> found =
        names.stream().flatMap(name -> Columns.find(rows.schema(), name).stream()).findFirst();
    return found
        .map(field -> Columns.named(field.name()))
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot evaluate on %s: it has no column with %s, expected one of %s; it has: %s"
                        .formatted(
                            path, what, String.join(", ", names), Columns.list(rows.schema()))));
  }
}
