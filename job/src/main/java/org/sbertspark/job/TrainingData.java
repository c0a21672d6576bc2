package org.sbertspark.job;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.ml.TrainingSet;
import org.sbertspark.training.TrainingReport.DataSet;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What to train on. */
final class TrainingData {
  /** Anchor and positive. */
  private static final int REQUIRED_COLUMNS = 2;

  private static final Pattern WEIGHTED = Pattern.compile("(.+)=(\\d{1,9})");

  @Option(
      names = "--data",
      paramLabel = "PATH[=WEIGHT]",
      arity = "1..*",
      description = {
        "Files, folders or globs with an example in each row: texts that mean the same. Each path is"
            + " a data set of its own, and a batch comes from one of them.",
        "A set of weight 2 gives twice as many batches as one of weight 1, whatever their sizes.",
        "Files of STS (score, sentence, sentence, separated by tabs, without a header) and SICK (.tsv or"
            + " .txt) are recognised by their first line, and need --min-score."
      })
  private List<String> paths = List.of();

  @Option(
      names = "--text-cols",
      paramLabel = "COLUMN,COLUMN[,COLUMN...]",
      defaultValue = "anchor,positive",
      split = ",",
      description =
          "Columns of the texts: two that mean the same, then any number that do not, hard negatives; a"
              + " data set may lack those. Default: ${DEFAULT-VALUE}.")
  private List<String> columns;

  @Option(
      names = "--min-score",
      paramLabel = "SCORE",
      description =
          "Of data sets with a column score, which files of STS and SICK have, train only on pairs with"
              + " at least this score, for example 3.5.")
  private Double minScore;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "Train only on rows for which this SQL expression is true, for example \"score >= 4.0\".")
  private String condition;

  @Mixin private ReadOptions read;

  /** A data set of so many examples, whose columns are the texts and nothing else. */
  record Counted(TrainingSet set, long examples) {
    DataSet description() {
      return new DataSet(set.name(), examples, set.columns().size(), set.weight());
    }

    /** For people. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "Data set %s: %,d examples of %s, weight %d",
          set.name(),
          examples,
          String.join(", ", set.columns()),
          set.weight());
    }
  }

  /**
   * Checks values.
   *
   * @throws IllegalArgumentException if one is impossible
   */
  void validate() {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("--data is missing, expected files with pairs of texts");
    }
    Arguments.require(
        columns.size() >= REQUIRED_COLUMNS && columns.stream().noneMatch(String::isBlank),
        "--text-cols",
        String.join(",", columns),
        "the columns of two texts that mean the same at least");
    Arguments.require(
        minScore == null || Double.isFinite(minScore), "--min-score", minScore, "a finite number");
    paths.forEach(TrainingData::weight);
  }

  /** Behind the last {@code =}, if that is a number; write {@code day=3=1} for a folder day=3. */
  private static int weight(String given) {
    Matcher weighted = WEIGHTED.matcher(given);
    int weight = weighted.matches() ? Integer.parseInt(weighted.group(2)) : 1;
    Arguments.require(weight >= 1, "--data", given, "a weight of at least 1");
    return weight;
  }

  private static String path(String given) {
    Matcher weighted = WEIGHTED.matcher(given);
    return weighted.matches() ? weighted.group(1) : given;
  }

  /**
   * Opens the data sets and looks at each row once.
   *
   * @throws JobException if there is no such data, a column is missing or no string, a text is
   *     null, there are fewer than two examples, or nothing says which scored pairs to take
   */
  List<Counted> open(SparkSession spark) {
    List<Counted> sets = new ArrayList<>();
    boolean scored = false;
    for (String given : paths) {
      String path = path(given);
      Optional<Dataset<Row>> pairs = scoredPairs(path, spark);
      Dataset<Row> rows =
          pairs.orElseGet(() -> new InputReader(spark).open(List.of(path), read).rows());
      scored |= Columns.has(rows.schema(), PairLines.SCORE);
      List<String> names = pairs.isPresent() ? PairLines.TEXTS : textColumns(path, rows);
      Dataset<Row> texts =
          filtered(close(path, rows))
              .select(names.stream().map(Columns::named).toArray(Column[]::new));
      long examples = examples(path, texts, names);
      sets.add(
          new Counted(
              new TrainingSet(new Path(path).getName(), texts, names, weight(given)), examples));
    }
    if (minScore != null && !scored) {
      throw new JobException(
          "Cannot use --min-score: no data set has a column \"%s\"".formatted(PairLines.SCORE));
    }
    return sets;
  }

  /** The pairs of files of STS and SICK that have a score; nothing if one of them is a table. */
  private Optional<Dataset<Row>> scoredPairs(String path, SparkSession spark) {
    List<FileStatus> files = new InputReader(spark).files(List.of(path));
    if (read.format != InputFormat.AUTO
        || read.readOptions.keySet().stream().anyMatch("header"::equalsIgnoreCase)
        || !files.stream().allMatch(PairLines::mayBe)) {
      return Optional.empty();
    }
    List<List<String>> header =
        columns.stream().limit(REQUIRED_COLUMNS).map(name -> List.of(name.strip())).toList();
    Optional<Dataset<Row>> pairs = Optional.empty();
    for (FileStatus file : files) {
      PairLines lines = PairLines.of(file, spark);
      PairLayout layout = lines.layout(header).orElse(PairLayout.TABLE);
      if (layout == PairLayout.TABLE) {
        return Optional.empty();
      }
      Dataset<Row> more = lines.read(layout, spark);
      pairs = Optional.of(pairs.map(before -> before.union(more)).orElse(more));
    }
    if (minScore == null && condition == null) {
      throw new JobException(
          "Cannot train on all pairs of %s: their scores say which mean the same; take those with --min-score, for example 3.5"
              .formatted(path));
    }
    return pairs.map(all -> all.na().drop());
  }

  private Dataset<Row> close(String path, Dataset<Row> rows) {
    Optional<StructField> score = Columns.find(rows.schema(), PairLines.SCORE);
    if (minScore == null || score.isEmpty()) {
      return rows;
    }
    if (!TaskTable.Holding.NUMBER.allows(score.get().dataType())) {
      throw new JobException(
          "Cannot use --min-score with %s: column \"%s\" is %s, expected a number"
              .formatted(path, score.get().name(), score.get().dataType().catalogString()));
    }
    Column number = Columns.named(score.get().name()).cast(DataTypes.DoubleType);
    // Spark takes NaN for the largest number.
    return rows.where(number.geq(minScore).and(not(isnan(number))));
  }

  private List<String> textColumns(String path, Dataset<Row> rows) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (i < REQUIRED_COLUMNS || Columns.has(rows.schema(), columns.get(i).strip())) {
        names.add(textColumn(path, rows, columns.get(i)));
      }
    }
    return names;
  }

  private static String textColumn(String path, Dataset<Row> rows, String name) {
    StructField field =
        Columns.find(rows.schema(), name.strip())
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot train on %s: it has no column \"%s\", it has: %s; name them with --text-cols"
                            .formatted(path, name.strip(), Columns.list(rows.schema()))));
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw new JobException(
          "Cannot train on %s: column \"%s\" is %s, expected string"
              .formatted(path, field.name(), field.dataType().catalogString()));
    }
    return field.name();
  }

  private Dataset<Row> filtered(Dataset<Row> rows) {
    if (condition == null) {
      return rows;
    }
    try {
      return rows.where(condition);
    } catch (Exception e) {
      // Scala's compiler does not tell Java that this one is thrown.
      if (e instanceof AnalysisException) {
        throw new JobException(
            "Cannot use --where \"%s\": %s"
                .formatted(condition, ErrorLine.firstLine(e.getMessage().strip())),
            e);
      }
      throw e;
    }
  }

  private static long examples(String path, Dataset<Row> texts, List<String> names) {
    List<Column> counts = new ArrayList<>();
    for (String name : names) {
      counts.add(sum(when(Columns.named(name).isNull(), 1L).otherwise(0L)));
    }
    Row counted = texts.agg(count(lit(1)), counts.toArray(Column[]::new)).first();
    long rows = counted.getLong(0);
    if (rows < 2) {
      throw new JobException(
          "Cannot train on %s: it has %d examples, expected at least 2".formatted(path, rows));
    }
    for (int i = 0; i < names.size(); i++) {
      if (counted.getLong(i + 1) > 0) {
        throw new JobException(
            "Cannot train on %s: %d of %d rows have no text in column \"%s\"; leave them out with --where \"%s IS NOT NULL\""
                .formatted(path, counted.getLong(i + 1), rows, names.get(i), names.get(i)));
      }
    }
    return rows;
  }
}
