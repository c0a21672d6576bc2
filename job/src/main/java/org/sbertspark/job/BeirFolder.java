package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.Judgement;

/**
 * A benchmark of retrieval as BEIR stores it: {@code corpus.jsonl} ({@code _id}, {@code title},
 * {@code text}), {@code queries.jsonl} ({@code _id}, {@code text}) and {@code qrels/SPLIT.tsv}; the
 * first two may be compressed.
 *
 * @param path for messages
 * @param documents {@code id} and {@code text}: title, a blank and text, without blanks around
 * @param queries {@code id} and {@code text}, of those that the split judges
 * @param judgements {@code (query, document, grade)}, the last one an int
 */
record BeirFolder(
    String path, Dataset<Row> documents, Dataset<Row> queries, Dataset<Row> judgements) {
  private static final String USUAL_SPLIT = "test";

  private static final StructType RECORD =
      new StructType()
          .add("_id", DataTypes.StringType)
          .add("title", DataTypes.StringType)
          .add("text", DataTypes.StringType);

  private static final StructType JUDGEMENT =
      new StructType()
          .add("query", DataTypes.StringType)
          .add("document", DataTypes.StringType)
          .add("grade", DataTypes.IntegerType);

  /**
   * Opens the folder.
   *
   * @throws JobException if a file is missing, a record has no id, or the split cannot be told
   */
  static BeirFolder open(TaskOptions options, SparkSession spark) {
    List<Path> roots = new InputReader(spark).roots(options.paths);
    if (roots.size() != 1) {
      throw new JobException(
          "Cannot evaluate retrieval on %d inputs: expected one folder as BEIR has it"
              .formatted(roots.size()));
    }
    Path folder = roots.get(0);
    InputReader reader = new InputReader(spark);
    Dataset<Row> corpus = records(folder, "corpus.jsonl", reader, spark);
    Dataset<Row> queries = records(folder, "queries.jsonl", reader, spark);
    Dataset<Row> judgements = judgements(split(folder, options.split, reader), spark);
    Column title = coalesce(col("title"), lit(""));
    Column text = coalesce(col("text"), lit(""));
    return new BeirFolder(
        folder.toString(),
        corpus.select(col("_id").as("id"), stripped(concat(title, lit(" "), text)).as("text")),
        // Some benchmarks have half a million queries beside those of the split.
        queries
            .select(col("_id").as("id"), text.as("text"))
            .join(judgements, col("id").equalTo(col("query")), "left_semi"),
        judgements);
  }

  /** As Python's {@code strip} for the blanks that texts have at their ends. */
  private static Column stripped(Column text) {
    return trim(text, " \t\n\r\f\u000b");
  }

  private static Dataset<Row> records(
      Path folder, String name, InputReader reader, SparkSession spark) {
    String file = reader.roots(List.of(folder + "/" + name + "*")).get(0).toString();
    Dataset<Row> records = spark.read().schema(RECORD).json(file);
    long without = records.filter(col("_id").isNull()).count();
    if (without > 0) {
      throw new JobException(
          "Cannot read %s: %,d of its records have no _id, expected JSON lines with _id and text"
              .formatted(file, without));
    }
    return records;
  }

  private static String split(Path folder, String asked, InputReader reader) {
    List<Path> files = reader.roots(List.of(folder + "/qrels/*.tsv"));
    Optional<Path> found =
        files.stream()
            .filter(file -> file.getName().equals((asked == null ? USUAL_SPLIT : asked) + ".tsv"))
            .findFirst();
    if (found.isEmpty() && asked == null && files.size() == 1) {
      return files.get(0).toString();
    }
    return found
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot choose the judgements of %s: there are %s; name one with --split"
                        .formatted(
                            folder, String.join(", ", files.stream().map(Path::getName).toList()))))
        .toString();
  }

  private static Dataset<Row> judgements(String file, SparkSession spark) {
    return spark
        .read()
        .textFile(file)
        .mapPartitions(
            (MapPartitionsFunction<String, Row>) lines -> judgements(lines, file),
            Encoders.row(JUDGEMENT));
  }

  private static Iterator<Row> judgements(Iterator<String> lines, String file) {
    List<Row> judgements = new ArrayList<>();
    lines.forEachRemaining(
        line -> {
          if (!line.isBlank()) {
            InFile.read(file, () -> Judgement.ofBeirLine(line))
                .map(one -> RowFactory.create(one.query(), one.document(), one.grade()))
                .ifPresent(judgements::add);
          }
        });
    return judgements.iterator();
  }
}
