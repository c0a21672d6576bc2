package org.sbertspark.job;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.ScoredPair;
import org.sbertspark.evaluation.SickFile;
import org.sbertspark.evaluation.TabSeparated;

/**
 * A file of pairs with scores that is no table for Spark: SICK's, or one of SemEval's STS, which
 * has no header.
 *
 * @param first line, empty if there is none
 */
record PairLines(String file, String first) {
  static final String SCORE = "score";

  /** The columns of the two texts. */
  static final List<String> TEXTS = List.of("sentence1", "sentence2");

  private static final StructType SCHEMA =
      new StructType()
          .add(SCORE, DataTypes.DoubleType)
          .add(TEXTS.get(0), DataTypes.StringType)
          .add(TEXTS.get(1), DataTypes.StringType);

  /** Whether the name is one that SemEval's and SICK's files have; tables may have it, too. */
  static boolean mayBe(FileStatus file) {
    String name = file.getPath().getName().toLowerCase(Locale.ROOT);
    return name.matches(".*\\.(tsv|txt)(\\.(gz|bz2|zst))?");
  }

  /** Looks at the first line. */
  static PairLines of(FileStatus file, SparkSession spark) {
    String path = file.getPath().toString();
    List<String> lines = spark.read().textFile(path).takeAsList(1);
    return new PairLines(path, lines.isEmpty() ? "" : lines.get(0));
  }

  /**
   * What the first line tells.
   *
   * @param columns of which a table has one of each list
   * @return never {@code AUTO}; nothing if the line is neither SICK's header nor a pair
   */
  Optional<PairLayout> layout(List<List<String>> columns) {
    List<String> fields = Arrays.asList(TabSeparated.fields(first));
    if (columns.stream().allMatch(names -> hasOne(fields, names))) {
      return Optional.of(PairLayout.TABLE);
    }
    if (SickFile.isHeader(first)) {
      return Optional.of(PairLayout.SICK);
    }
    return ScoredPair.isStsLine(first) ? Optional.of(PairLayout.STS) : Optional.empty();
  }

  private static boolean hasOne(List<String> fields, List<String> names) {
    return names.stream().anyMatch(name -> fields.stream().anyMatch(name::equalsIgnoreCase));
  }

  /**
   * The pairs as columns {@value #SCORE}, a double, and {@link #TEXTS}; all are null where nobody
   * has judged.
   *
   * @param layout {@code STS} or {@code SICK}; a line of another kind fails the job
   */
  Dataset<Row> read(PairLayout layout, SparkSession spark) {
    boolean sick = layout == PairLayout.SICK;
    String path = file;
    String header = first;
    return spark
        .read()
        .textFile(path)
        .mapPartitions(
            (MapPartitionsFunction<String, Row>)
                lines -> rows(lines, sick ? ofSick(path, header) : ScoredPair::ofStsLine, path),
            Encoders.row(SCHEMA));
  }

  private static Function<String, Optional<ScoredPair>> ofSick(String file, String header) {
    SickFile sick = InFile.read(file, () -> SickFile.ofHeader(header));
    return line -> Optional.of(sick.pair(line));
  }

  private static Iterator<Row> rows(
      Iterator<String> lines, Function<String, Optional<ScoredPair>> reader, String file) {
    List<Row> pairs = new ArrayList<>();
    lines.forEachRemaining(
        line -> {
          if (!line.isBlank() && !SickFile.isHeader(line)) {
            // Without a score it stays a row, to be counted.
            pairs.add(
                InFile.read(file, () -> reader.apply(line))
                    .map(pair -> RowFactory.create(pair.score(), pair.first(), pair.second()))
                    .orElseGet(() -> RowFactory.create(null, null, null)));
          }
        });
    return pairs.iterator();
  }
}
