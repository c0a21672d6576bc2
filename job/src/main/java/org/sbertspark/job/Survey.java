package org.sbertspark.job;

import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.sbertspark.job.Input.Mode;

/**
 * What a pass over the input counts before the work begins; next to encoding it costs nothing.
 *
 * @param rows rows that the run will work on
 * @param malformed records that are malformed, dropped ones included
 * @param partitions partitions that the input has by itself
 * @param largestPartition rows of the largest of them
 */
record Survey(long rows, long malformed, int partitions, long largestPartition) {

  /**
   * Counts.
   *
   * @throws JobException if the mode is FAILFAST and a record is malformed
   */
  static Survey of(Input input) {
    Dataset<Row> all = input.malformed().map(Input.Malformed::all).orElse(input.rows());
    int corruptIndex = input.malformed().map(m -> all.schema().fieldIndex(m.column())).orElse(-1);
    // Not an aggregate: Spark would leave out columns that nobody asks for, and a record whose bad
    // column is left out counts as well-formed.
    List<long[]> counts =
        all.mapPartitions(
                (MapPartitionsFunction<Row, long[]>)
                    rows -> {
                      long count = 0;
                      long corrupt = 0;
                      while (rows.hasNext()) {
                        Row row = rows.next();
                        count++;
                        if (corruptIndex >= 0 && !row.isNullAt(corruptIndex)) {
                          corrupt++;
                        }
                      }
                      return List.of(new long[] {count, corrupt}).iterator();
                    },
                Encoders.javaSerialization(long[].class))
            .collectAsList();
    long rows = counts.stream().mapToLong(c -> c[0]).sum();
    long corrupt = counts.stream().mapToLong(c -> c[1]).sum();
    long largest = counts.stream().mapToLong(c -> c[0]).max().orElse(0);
    Mode mode = input.malformed().map(Input.Malformed::mode).orElse(Mode.PERMISSIVE);
    if (mode == Mode.FAILFAST && corrupt > 0) {
      throw new JobException(
          "Cannot read the input: %,d of %,d records are malformed %s (mode FAILFAST);"
                  .formatted(corrupt, rows, input.format())
              + " mend them, or read with --read-option mode=PERMISSIVE or mode=DROPMALFORMED");
    }
    return new Survey(
        mode == Mode.DROPMALFORMED ? rows - corrupt : rows, corrupt, counts.size(), largest);
  }
}
