package org.sbertspark.job;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A table that was opened but not yet read.
 *
 * @param rows what the run works on
 * @param format how the files are read, never {@code AUTO}
 * @param roots the files and folders that were asked for, globs resolved
 * @param sizeBytes of all data files together
 * @param malformed how to recognise malformed records, where the format can have them
 */
record Input(
    Dataset<Row> rows,
    InputFormat format,
    List<Path> roots,
    long sizeBytes,
    Optional<Malformed> malformed) {

  Input {
    roots = List.copyOf(roots);
  }

  /** These rows, derived from the input's, without the column of malformed records if none is. */
  Dataset<Row> withoutEmptyCorruptColumn(Dataset<Row> derived, Survey survey) {
    return malformed.isPresent() && survey.malformed() == 0
        ? derived.drop(Columns.named(malformed.get().column()))
        : derived;
  }

  /**
   * Malformed records.
   *
   * @param mode what to do with them
   * @param column is not null in a malformed record of {@code all}
   * @param all every record, the malformed ones included, with that column
   */
  record Malformed(Mode mode, String column, Dataset<Row> all) {}

  /** Spark's modes of reading. */
  enum Mode implements Choice {
    PERMISSIVE,
    DROPMALFORMED,
    FAILFAST
  }
}
