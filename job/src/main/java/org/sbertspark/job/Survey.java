package org.sbertspark.job;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.sbertspark.job.Input.Mode;

/**
 * What a pass over the input counts before the work begins; next to encoding it costs nothing.
 *
 * @param malformed records that are malformed, dropped ones included
 * @param costs of the rows that the run will work on
 */
record Survey(long malformed, RowCosts costs) {

  /**
   * Counts.
   *
   * @param cost of a row, over the input's columns
   * @throws JobException if the mode is FAILFAST and a record is malformed
   */
  static Survey of(Input input, Column cost) {
    if (input.malformed().isEmpty()) {
      return new Survey(0, RowCosts.of(input.rows(), cost));
    }
    Input.Malformed malformed = input.malformed().get();
    Dataset<Row> all = malformed.all();
    int corruptIndex = all.schema().fieldIndex(malformed.column());
    int costIndex = all.schema().size();
    boolean dropped = malformed.mode() == Mode.DROPMALFORMED;
    // Not an aggregate: Spark would leave out columns that nobody asks for, and a record whose bad
    // column is left out counts as well-formed.
    // Of each partition the number of malformed records, and the costs.
    List<long[]> counts =
        all.withColumn(Columns.unused(all.schema(), "_sbert_cost"), cost)
            .mapPartitions(
                (MapPartitionsFunction<Row, long[]>)
                    rows -> {
                      CostCurve costs = new CostCurve();
                      long corrupt = 0;
                      while (rows.hasNext()) {
                        Row row = rows.next();
                        boolean isCorrupt = !row.isNullAt(corruptIndex);
                        corrupt += isCorrupt ? 1 : 0;
                        if (!isCorrupt || !dropped) {
                          costs.add(row.getLong(costIndex));
                        }
                      }
                      return List.of(new long[] {corrupt}, costs.numbers()).iterator();
                    },
                Encoders.javaSerialization(long[].class))
            .collectAsList();
    long corrupt = 0;
    List<CostCurve> curves = new ArrayList<>();
    for (int i = 0; i < counts.size(); i += 2) {
      corrupt += counts.get(i)[0];
      curves.add(new CostCurve(counts.get(i + 1)));
    }
    RowCosts costs = new RowCosts(curves);
    if (malformed.mode() == Mode.FAILFAST && corrupt > 0) {
      throw new JobException(
          "Cannot read the input: %,d of %,d records are malformed %s (mode FAILFAST);"
                  .formatted(corrupt, costs.rows(), input.format())
              + " mend them, or read with --read-option mode=PERMISSIVE or mode=DROPMALFORMED");
    }
    return new Survey(corrupt, costs);
  }

  /** Rows that the run will work on. */
  long rows() {
    return costs.rows();
  }
}
