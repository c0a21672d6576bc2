package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.apache.spark.sql.functions.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.sbertspark.job.PartitionPlan.Cut;
import org.sbertspark.testing.SparkTestSession;

class PartitionPlanTest {
  private static final int MAX_TOKENS_OF_A_TEXT = 128;

  // The costs

  @Property(tries = 100)
  void aCurveKnowsWhereACostIsReached(
      @ForAll @Size(min = 1, max = 3000) List<@IntRange(min = 1, max = 100) Integer> rows,
      @ForAll @IntRange(min = 0, max = 100) int percent) {
    CostCurve curve = curve(rows);
    assertThat(curve.rows()).isEqualTo(rows.size());
    assertThat(curve.cost()).isEqualTo(rows.stream().mapToInt(i -> i).sum());
    double wanted = curve.cost() * percent / 100.0;
    long found = rows.stream().limit(curve.rowsFor(wanted)).mapToInt(i -> i).sum();
    // Two points of the curve are a 128th of the rows apart at most.
    assertThat((double) found).isCloseTo(wanted, within(100.0 * (rows.size() / 128 + 1)));
  }

  @Property(tries = 100)
  void piecesCostTheSame(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 0, max = 2000) Integer> partitions,
      @ForAll @IntRange(min = 1, max = 12) int pieces) {
    List<CostCurve> curves = new ArrayList<>();
    for (int rows : partitions) {
      curves.add(curve(java.util.Collections.nCopies(rows, 1 + rows % 7)));
    }
    RowCosts costs = new RowCosts(curves);
    long[] cuts = costs.cuts(pieces);
    assertThat(cuts).hasSize(pieces - 1).isSorted();
    double share = costs.total() / (double) pieces;
    long[] found = new long[pieces];
    for (int partition = 0; partition < partitions.size(); partition++) {
      for (int row = 0; row < partitions.get(partition); row++) {
        long id = ((long) partition << 33) + row;
        int piece = 0;
        while (piece < cuts.length && cuts[piece] <= id) {
          piece++;
        }
        found[piece] += 1 + partitions.get(partition) % 7;
      }
    }
    for (long cost : found) {
      assertThat((double) cost).isCloseTo(share, within(8.0));
    }
  }

  @Test
  void theBusiestCoreHasTheLongestWay() {
    RowCosts costs = new RowCosts(List.of(curve(List.of(3)), curve(List.of(5)), curve(List.of(4))));
    assertThat(costs.busiest(1)).isEqualTo(12);
    assertThat(costs.busiest(2)).isEqualTo(7);
    assertThat(costs.busiest(8)).isEqualTo(5);
  }

  @Test
  void longTextsCostWhatIsReadOfThem() {
    Dataset<Row> costs =
        spark()
            .sql("select stack(4, null, '', 'abcd abcd', repeat('long ', 10000)) as text")
            .select(RowCosts.ofText(col("text"), MAX_TOKENS_OF_A_TEXT));
    assertThat(costs.collectAsList())
        .extracting(row -> row.getLong(0))
        .containsExactly(1L, 2L, 5L, (long) MAX_TOKENS_OF_A_TEXT);
  }

  private static CostCurve curve(List<Integer> rows) {
    CostCurve curve = new CostCurve();
    rows.forEach(curve::add);
    return curve;
  }

  // The number

  @Test
  void thereAreAFewPartitionsForEachCore() {
    assertThat(PartitionPlan.choose(100_000, 2_000_000, 8)).isEqualTo(3 * 8);
  }

  @Test
  void fewRowsMakeFewPartitions() {
    assertThat(PartitionPlan.choose(0, 0, 8)).isEqualTo(1);
    assertThat(PartitionPlan.choose(100, 2_000, 8)).isEqualTo(1);
    assertThat(PartitionPlan.choose(720, 14_000, 8)).isEqualTo(6);
  }

  @Test
  void manyTokensMakeManyPartitions() {
    assertThat(PartitionPlan.choose(1_000_000, 20_000_000, 2)).isEqualTo(50);
    assertThat(PartitionPlan.choose(1_000_000, 500_000_000, 2)).isEqualTo(1250);
  }

  // The cut

  @Test
  void oneEvenPartitionForEachSlotIsTooCoarse() {
    int slots = 2;
    RowCosts one = new RowCosts(Collections.nCopies(slots, curve(Collections.nCopies(400, 20))));
    RowCosts two = new RowCosts(Collections.nCopies(2 * slots, one.partitions().get(0)));
    assertThat(PartitionPlan.accepts(one, 3 * slots, slots)).isFalse();
    assertThat(PartitionPlan.accepts(two, 3 * slots, slots)).isTrue();
    // Where the rows are too few for more.
    assertThat(PartitionPlan.accepts(one, slots, slots)).isTrue();
  }

  @Test
  void aPartitionOfLongTextsIsSharedOut() {
    Dataset<Row> skewed = skewed(4000);
    RowCosts costs = costs(skewed);
    assertThat(costs.largest()).isGreaterThan(9 * costs.total() / 10);
    Cut cut = PartitionPlan.fit(skewed, costs, 0, spark());
    assertThat(cut.partitions()).isEqualTo(6);
    assertEven(cut, costs);
  }

  @Test
  void theNumberThatWasAskedForIsEvenToo() {
    Dataset<Row> skewed = skewed(4000);
    RowCosts costs = costs(skewed);
    for (int asked : new int[] {2, 3, 16}) {
      Cut cut = PartitionPlan.fit(skewed, costs, asked, spark());
      assertThat(cut.partitions()).isEqualTo(asked);
      assertThat(cut.rows().rdd().getNumPartitions()).isEqualTo(asked);
      assertEven(cut, costs);
    }
  }

  /** All rows, in their order over the partitions, none with much more than its share. */
  private static void assertEven(Cut cut, RowCosts costs) {
    List<Row> partitions =
        cut.rows()
            .withColumn("cost", RowCosts.ofText(col("text"), MAX_TOKENS_OF_A_TEXT))
            .groupBy(spark_partition_id().as("partition"))
            .agg(count("*"), sum("cost"), min("id"), max("id"))
            .orderBy("partition")
            .collectAsList();
    assertThat(partitions).hasSize(cut.partitions());
    assertThat(partitions.stream().mapToLong(row -> row.getLong(1)).sum()).isEqualTo(costs.rows());
    double share = costs.total() / (double) cut.partitions();
    long next = 0;
    for (Row partition : partitions) {
      assertThat((double) partition.getLong(2)).isCloseTo(share, within(0.1 * share));
      assertThat(partition.getLong(3)).isEqualTo(next);
      next = partition.getLong(4) + 1;
    }
  }

  @Test
  void rowsOfAShuffleGoWhereTheirKeySaysWhateverTheirOrder() {
    Dataset<Row> rows = skewed(4000);
    assertThat(placesByKey(rows.repartition(3))).isEqualTo(placesByKey(rows.repartition(7)));
  }

  private static List<Row> placesByKey(Dataset<Row> rows) {
    return PartitionPlan.fitByKey(rows, costs(skewed(4000)), 0, spark(), col("id"))
        .rows()
        .select(col("id"), spark_partition_id().as("partition"))
        .orderBy("id")
        .collectAsList();
  }

  @Test
  void anEvenInputStaysAsItIs() {
    Dataset<Row> even =
        spark().range(0, 6000, 1, 6).selectExpr("id", "concat('text number ', id) as text");
    assertThat(PartitionPlan.fit(even, costs(even), 0, spark()).rows()).isSameAs(even);
    assertThat(PartitionPlan.fit(even, costs(even), 6, spark()).rows()).isSameAs(even);
  }

  @Test
  void manySmallPartitionsArePutTogetherWithoutAShuffle() {
    Dataset<Row> small =
        spark().range(0, 2000, 1, 100).selectExpr("id", "concat('text number ', id) as text");
    Cut cut = PartitionPlan.fit(small, costs(small), 0, spark());
    assertThat(cut.rows().rdd().getNumPartitions()).isEqualTo(cut.partitions()).isEqualTo(6);
    assertThat(cut.rows().queryExecution().executedPlan().toString()).doesNotContain("Exchange");
  }

  /** Two partitions: short texts in the first one, long ones in the second. */
  private static Dataset<Row> skewed(int rows) {
    return spark()
        .range(0, rows, 1, 2)
        .selectExpr(
            "id",
            "if(id < %d, 'short', concat(repeat('long ', 100), id)) as text".formatted(rows / 2));
  }

  private static RowCosts costs(Dataset<Row> rows) {
    return RowCosts.of(rows, RowCosts.ofText(col("text"), MAX_TOKENS_OF_A_TEXT));
  }

  private static SparkSession spark() {
    return SparkTestSession.get();
  }
}
