package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.sbertspark.testing.SparkTestSession;

class OutlierScoreTest {
  private static final SparkSession SPARK = SparkTestSession.get();

  private static List<Double> scores(String values) {
    Dataset<Row> rows =
        SPARK.sql("select * from values %s as t(cluster, distance)".formatted(values));
    return rows
        .select(OutlierScore.of(rows, 3).of(col("cluster"), col("distance")))
        .collectAsList()
        .stream()
        .map(row -> row.isNullAt(0) ? null : row.getDouble(0))
        .toList();
  }

  @Test
  void isTheModifiedZScore() {
    // Median 3, deviations 2 1 0 1 6, their median 1.
    List<Double> scores = scores("(0, 1D), (0, 2D), (0, 3D), (0, 4D), (0, 9D)");
    assertThat(scores.get(0)).isCloseTo(-2 * 0.6745, within(1e-12));
    assertThat(scores.get(2)).isZero();
    assertThat(scores.get(4)).isCloseTo(6 * 0.6745, within(1e-12));
  }

  @Test
  void comparesWithTheRowsOfTheSameClusterOnly() {
    List<Double> scores = scores("(0, 1D), (0, 2D), (0, 3D), (2, 101D), (2, 102D), (2, 103D)");
    assertThat(scores.subList(0, 3)).isEqualTo(scores.subList(3, 6));
  }

  @Test
  void takesTheMeanDeviationWhereMostDistancesAreEqual() {
    // Median 1, mean absolute deviation 1.
    assertThat(scores("(1, 1D), (1, 1D), (1, 1D), (1, 5D)").get(3))
        .isCloseTo(4 / 1.253314, within(1e-12));
  }

  @Test
  void isZeroWhereAllDistancesAreEqual() {
    assertThat(scores("(0, 0.5D), (0, 0.5D), (1, 0.25D)")).containsOnly(0.0);
  }
}
