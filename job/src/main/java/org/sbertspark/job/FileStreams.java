package org.sbertspark.job;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.InputReader.Parsing;

/**
 * Files as a stream that ends: Spark's file source with {@link Trigger#AvailableNow()}, which
 * remembers in a checkpoint which files it has given, and gives the same ones again after a run
 * that died.
 */
final class FileStreams {
  /**
   * Spark's file source leaves out files much older than the newest one; here age does not matter.
   */
  private static final String ANY_AGE = "36500d";

  /** What Hadoop takes for a pattern inside a file's name. */
  private static final String PATTERN_CHARACTERS = "{}[]*?\\";

  private final SparkSession spark;

  FileStreams(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * The files below a path as a stream.
   *
   * @param path a folder or a pattern; a single file is no stream for Spark, see {@link #pattern}
   * @param schema with a column {@code text} where the format is text
   */
  Dataset<Row> open(String path, Parsing parsing, StructType schema, int filesPerBatch) {
    Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(parsing.options());
    InputReader.compareHeaders(parsing.format(), schema, all);
    all.put("maxFilesPerTrigger", Integer.toString(filesPerBatch));
    all.put("maxFileAge", ANY_AGE);
    boolean text = parsing.format() == InputFormat.TEXT;
    Dataset<Row> rows =
        spark
            .readStream()
            .format(parsing.format().source())
            .options(all)
            .schema(text ? renamed(schema, "text", "value") : schema)
            .load(path);
    return text ? rows.withColumnRenamed("value", "text") : rows;
  }

  private static StructType renamed(StructType schema, String from, String to) {
    return new StructType(
        Arrays.stream(schema.fields())
            .map(
                field ->
                    field.name().equals(from)
                        ? new StructField(to, field.dataType(), field.nullable(), field.metadata())
                        : field)
            .toArray(StructField[]::new));
  }

  /** A pattern that matches this file alone: Spark's file source takes no path of a file. */
  static String pattern(Path file) {
    StringBuilder name = new StringBuilder();
    for (char c : file.getName().toCharArray()) {
      name.append(PATTERN_CHARACTERS.indexOf(c) >= 0 ? "\\" + c : String.valueOf(c));
    }
    // An alternative of one makes it a pattern, whatever the name.
    return file.getParent() + "/{" + name.toString().replace(",", "\\,") + "}";
  }

  /**
   * Runs through all files that are there and were not yet given, in order of their age.
   *
   * @param checkpoint of this stream alone
   * @param work on each batch and its number; what it throws ends the run, and the next run begins
   *     with the same batch
   */
  void run(Dataset<Row> stream, Path checkpoint, VoidFunction2<Dataset<Row>, Long> work) {
    StreamingQuery query = null;
    try {
      query =
          stream
              .writeStream()
              .trigger(Trigger.AvailableNow())
              .option("checkpointLocation", checkpoint.toString())
              .foreachBatch(work)
              .start();
      query.awaitTermination();
    } catch (StreamingQueryException e) {
      throw reason(e);
    } catch (TimeoutException e) {
      throw new JobException("Cannot start to read the input: " + e.getMessage(), e);
    } finally {
      stop(query);
    }
  }

  /** What the work has thrown: a query's own message would quote its whole plan. */
  private static RuntimeException reason(StreamingQueryException e) {
    Optional<Throwable> cause = Optional.ofNullable(e.getCause());
    if (cause.isPresent() && cause.get() instanceof RuntimeException unchecked) {
      return unchecked;
    }
    return new JobException(ErrorLine.of(cause.orElse(e)), cause.orElse(e));
  }

  private static void stop(StreamingQuery query) {
    if (query != null && query.isActive()) {
      try {
        query.stop();
      } catch (TimeoutException e) {
        throw new JobException("Cannot stop reading the input: " + e.getMessage(), e);
      }
    }
  }
}
