package org.sbertspark.job;

import static org.apache.spark.sql.functions.ceil;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import java.util.PriorityQueue;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * What it will cost to embed the rows of a table, by partitions, in tokens that are estimated from
 * the lengths of the texts.
 *
 * @param partitions in Spark's order
 */
record RowCosts(List<CostCurve> partitions) {
  /** UTF-8 bytes of a token, about: English has more, languages with rare letters fewer. */
  private static final int BYTES_PER_TOKEN = 4;

  private static final int SPECIAL_TOKENS = 2;

  /** Rows whose text is not to be embedded count as a sentence each. */
  static final Column OF_ANY_ROW = lit(20L);

  RowCosts {
    partitions = List.copyOf(partitions);
  }

  /**
   * The cost of a row with this text; a null text has the cost of reading the row.
   *
   * @param maxTokens where texts are cut
   */
  static Column ofText(Column text, int maxTokens) {
    Column tokens =
        ceil(octet_length(text).divide(BYTES_PER_TOKEN))
            .plus(SPECIAL_TOKENS)
            .cast(DataTypes.LongType);
    return when(text.isNull(), 1L).otherwise(least(tokens, lit((long) maxTokens)));
  }

  /** By a pass over the rows. */
  static RowCosts of(Dataset<Row> rows, Column cost) {
    List<long[]> curves =
        rows.select(cost)
            .mapPartitions(
                (MapPartitionsFunction<Row, long[]>)
                    costs -> {
                      CostCurve curve = new CostCurve();
                      costs.forEachRemaining(row -> curve.add(row.getLong(0)));
                      return List.of(curve.numbers()).iterator();
                    },
                Encoders.javaSerialization(long[].class))
            .collectAsList();
    return new RowCosts(curves.stream().map(CostCurve::new).toList());
  }

  long rows() {
    return partitions.stream().mapToLong(CostCurve::rows).sum();
  }

  /** Of all rows, in tokens. */
  long total() {
    return partitions.stream().mapToLong(CostCurve::cost).sum();
  }

  /** Of the costliest partition, in tokens. */
  long largest() {
    return partitions.stream().mapToLong(CostCurve::cost).max().orElse(0);
  }

  /**
   * What the busiest of some slots has to do, in tokens, if each takes the next partition when it
   * is free.
   */
  long busiest(int slots) {
    PriorityQueue<Long> busy = new PriorityQueue<>();
    long busiest = 0;
    for (CostCurve partition : partitions) {
      long start = busy.size() < slots ? 0 : busy.remove();
      busy.add(start + partition.cost());
      busiest = Math.max(busiest, start + partition.cost());
    }
    return busiest;
  }

  /**
   * Where to cut the rows into pieces of equal cost: the numbers, as {@code
   * monotonically_increasing_id} gives them, with which the second and the later pieces begin.
   */
  long[] cuts(int pieces) {
    long[] cuts = new long[pieces - 1];
    double share = total() / (double) pieces;
    int partition = 0;
    long before = 0;
    for (int i = 0; i < cuts.length; i++) {
      double wanted = (i + 1) * share;
      while (partition < partitions.size() - 1
          && before + partitions.get(partition).cost() < wanted) {
        before += partitions.get(partition).cost();
        partition++;
      }
      cuts[i] = firstId(partition) + partitions.get(partition).rowsFor(wanted - before);
    }
    return cuts;
  }

  /** As Spark documents it: the partition stands in the upper 31 bits, the row in the lower 33. */
  private static long firstId(int partition) {
    return (long) partition << 33;
  }
}
