package org.sbertspark.job;

import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.udf;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Into how many partitions the rows are cut before they are embedded, and where.
 *
 * <p>Spark cuts files by bytes, for work that is cheap per byte: a small JSON file is one
 * partition, and one core would do all the work; and where the long texts stand together, one task
 * has most of it. Here all partitions have about the same number of tokens. There are {@value
 * #WAVES} for each task that runs at once, so that all cores end at about the same time, and none
 * has more than {@value #MAX_TOKENS} tokens, so that a lost task costs little; but none is smaller
 * than {@value #MIN_ROWS} rows, because batches are filled from a partition's own rows.
 *
 * <p>The first partition has the first rows, and so on; inside of a partition the order may change
 * where the rows come from several executors.
 */
final class PartitionPlan {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionPlan.class);

  static final int MAX_TOKENS = 400_000;
  static final int MIN_ROWS = 128;
  static final int WAVES = 3;

  /**
   * The input's own partitions will do if there are so many for each slot, or as many as the plan
   * would make: with one for each, all wait for the slowest.
   */
  private static final int TOLERATED_WAVES = 2;

  /** The input's own partitions will do if the busiest slot has at most so many times its share. */
  private static final double TOLERATED_SKEW = 1.1;

  /** Partitions are put together if they are this many times smaller than what they make. */
  private static final int SMALL = 4;

  /** Of Spark's hash partitioning. */
  private static final int HASH_SEED = 42;

  private PartitionPlan() {}

  /**
   * Rows that are cut.
   *
   * @param partitions how many there are
   */
  record Cut(Dataset<Row> rows, int partitions) {}

  /** Lets this session cut files smaller than Spark would, as far as their format allows. */
  static void cutFilesFinely(SparkSession spark) {
    int partitions = WAVES * Slots.inAll(spark.sparkContext());
    spark.conf().set("spark.sql.files.minPartitionNum", partitions);
    // The cost of opening a file is nothing next to encoding its texts.
    spark.conf().set("spark.sql.files.openCostInBytes", 1024);
  }

  /** As many partitions as suit this many rows, tokens and tasks at once. */
  static int choose(long rows, long tokens, int slots) {
    long small = ceilDiv(tokens, MAX_TOKENS);
    long busy = Math.min((long) WAVES * slots, ceilDiv(rows, MIN_ROWS));
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.max(small, busy)));
  }

  /** Whether the partitions that the input has by itself will do as well as the chosen number. */
  static boolean accepts(RowCosts costs, int chosen, int slots) {
    int given = costs.partitions().size();
    return given >= Math.min(chosen, TOLERATED_WAVES * slots)
        && given <= 2L * chosen
        && costs.largest() <= 2L * MAX_TOKENS
        && isEven(costs, chosen, slots);
  }

  /** Whether the input's own partitions keep all slots as busy as that many even ones would. */
  private static boolean isEven(RowCosts costs, int partitions, int slots) {
    double share = costs.total() / (double) partitions;
    return costs.busiest(slots) <= TOLERATED_SKEW * share * ceilDiv(partitions, slots);
  }

  /**
   * The rows in as many partitions as was asked for, or as suit them.
   *
   * @param costs of these rows
   * @param asked 0: choose
   */
  static Cut fit(Dataset<Row> rows, RowCosts costs, int asked, SparkSession spark) {
    return fit(rows, costs, asked, spark, partitions -> inOrder(rows, costs, partitions));
  }

  /**
   * As {@link #fit(Dataset, RowCosts, int, SparkSession)}, for rows that come from a shuffle. They
   * come in another order when a lost part of it is computed again, so a row's number must not
   * decide where it goes: some rows would be lost and others be there twice.
   *
   * @param key of the rows, about as many values as there are rows: decides where one goes
   */
  static Cut fitByKey(
      Dataset<Row> rows, RowCosts costs, int asked, SparkSession spark, Column key) {
    return fit(rows, costs, asked, spark, partitions -> rows.repartition(partitions, key));
  }

  private static Cut fit(
      Dataset<Row> rows,
      RowCosts costs,
      int asked,
      SparkSession spark,
      IntFunction<Dataset<Row>> shuffled) {
    int slots = Slots.inAll(spark.sparkContext());
    int wanted = asked > 0 ? asked : choose(costs.rows(), costs.total(), slots);
    int given = costs.partitions().size();
    boolean asTheyAre =
        costs.rows() == 0
            || (asked > 0
                ? given == asked && isEven(costs, asked, slots)
                : accepts(costs, wanted, slots));
    Cut cut =
        asTheyAre ? new Cut(rows, given) : new Cut(cut(rows, costs, wanted, shuffled), wanted);
    LOG.info(
        "{} rows, about {} tokens, {} tasks at once: {} partitions{}; the input has {}, the largest"
            + " with {} tokens",
        costs.rows(),
        costs.total(),
        slots,
        cut.partitions,
        asTheyAre ? ", as they are" : " of about " + costs.total() / wanted + " tokens",
        given,
        costs.largest());
    return cut;
  }

  /** Partitions that are small are put together without a shuffle. */
  private static Dataset<Row> cut(
      Dataset<Row> rows, RowCosts costs, int partitions, IntFunction<Dataset<Row>> shuffled) {
    if (costs.partitions().size() > SMALL * (long) partitions
        && costs.largest() * SMALL * partitions <= costs.total()) {
      return rows.coalesce(partitions);
    }
    return shuffled.apply(partitions);
  }

  /** The rows in that many partitions of equal cost, in their order. */
  private static Dataset<Row> inOrder(Dataset<Row> rows, RowCosts costs, int partitions) {
    long[] cuts = costs.cuts(partitions);
    int[] keys = keys(partitions);
    UDF1<Long, Integer> key =
        row -> {
          int found = Arrays.binarySearch(cuts, row);
          return keys[found >= 0 ? pieceFrom(cuts, found) : -found - 1];
        };
    return rows.repartition(
        partitions, udf(key, DataTypes.IntegerType).apply(monotonically_increasing_id()));
  }

  /** The piece of a row that stands at a cut: behind it, and behind all others at the same row. */
  private static int pieceFrom(long[] cuts, int cut) {
    int piece = cut + 1;
    while (piece < cuts.length && cuts[piece] == cuts[cut]) {
      piece++;
    }
    return piece;
  }

  /**
   * A number for each partition that Spark's hash partitioning brings there: it has no other way to
   * name a row's partition, and ranges would be guessed from a sample.
   */
  private static int[] keys(int partitions) {
    int[] keys = new int[partitions];
    boolean[] known = new boolean[partitions];
    int missing = partitions;
    for (int key = 0; missing > 0; key++) {
      int partition = Math.floorMod(Murmur3_x86_32.hashInt(key, HASH_SEED), partitions);
      if (!known[partition]) {
        known[partition] = true;
        keys[partition] = key;
        missing--;
      }
    }
    return keys;
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }
}
