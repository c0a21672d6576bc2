package org.sbertspark.job;

import static org.apache.spark.sql.functions.monotonically_increasing_id;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Into how many partitions the rows are cut before they are embedded.
 *
 * <p>Spark cuts files by bytes, for work that is cheap per byte: a small JSON file is one
 * partition, and one core would do all the work. Here a partition has at most {@value
 * #MAX_ROWS_PER_PARTITION} rows, so that a lost task costs little, and there are {@value #WAVES}
 * partitions for each core, so that all end at about the same time; but none is smaller than
 * {@value #MIN_ROWS_PER_PARTITION} rows, because batches are filled from a partition's own rows.
 */
final class PartitionPlan {
  static final int MAX_ROWS_PER_PARTITION = 20_000;
  static final int MIN_ROWS_PER_PARTITION = 64;
  static final int WAVES = 3;

  /** A partition may be this much larger than the average before the rows are dealt out anew. */
  private static final int TOLERATED_SKEW = 2;

  private PartitionPlan() {}

  /** Lets this session cut files smaller than Spark would, as far as their format allows. */
  static void cutFilesFinely(SparkSession spark) {
    int partitions = WAVES * spark.sparkContext().defaultParallelism();
    spark.conf().set("spark.sql.files.minPartitionNum", partitions);
    // The cost of opening a file is nothing next to encoding its texts.
    spark.conf().set("spark.sql.files.openCostInBytes", 1024);
  }

  /** As many partitions as suit this many rows and cores. */
  static int choose(long rows, int cores) {
    long small = ceilDiv(rows, MAX_ROWS_PER_PARTITION);
    long busy = Math.min((long) WAVES * cores, ceilDiv(rows, MIN_ROWS_PER_PARTITION));
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.max(small, busy)));
  }

  /** Whether the partitions that the input has by itself will do as well as the chosen number. */
  static boolean accepts(Survey survey, int chosen, int cores) {
    return survey.partitions() >= Math.min(chosen, cores)
        && survey.partitions() <= 2L * chosen
        && isEven(survey, chosen);
  }

  /**
   * The rows in as many partitions as was asked for, or as suit them.
   *
   * @param asked 0: choose
   */
  static Dataset<Row> fit(Dataset<Row> rows, Survey survey, int asked, SparkSession spark) {
    if (asked > 0) {
      return cut(rows, survey, asked);
    }
    int cores = spark.sparkContext().defaultParallelism();
    int chosen = choose(survey.rows(), cores);
    return accepts(survey, chosen, cores) ? rows : cut(rows, survey, chosen);
  }

  /**
   * The rows in that many partitions, in their order: the first partition has the first rows. Fewer
   * partitions than the input has are put together without a shuffle, if they are of like size.
   */
  static Dataset<Row> cut(Dataset<Row> rows, Survey survey, int partitions) {
    if (survey.partitions() == partitions || survey.rows() == 0) {
      return rows;
    }
    if (partitions < survey.partitions() && isEven(survey, partitions)) {
      return rows.coalesce(partitions);
    }
    return rows.repartitionByRange(partitions, monotonically_increasing_id());
  }

  private static boolean isEven(Survey survey, int partitions) {
    long fair = Math.max(MIN_ROWS_PER_PARTITION, ceilDiv(survey.rows(), partitions));
    return survey.largestPartition() <= TOLERATED_SKEW * fair;
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }
}
