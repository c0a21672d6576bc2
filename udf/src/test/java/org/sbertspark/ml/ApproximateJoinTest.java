package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.similarity.Measure;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Joins by inverted lists against exact ones. */
@ExtendWith(TestCache.class)
class ApproximateJoinTest {
  private static final SparkSession SPARK = SparkTestSession.get();
  private static final int ROWS = 600;

  /** Thirty clusters; in the first there are as many rows as in the others together. */
  private static Dataset<Row> clustered(int rows, long seed) {
    Random random = new Random(seed);
    List<Row> table =
        IntStream.range(0, rows)
            .mapToObj(
                i -> {
                  Random cluster = new Random(i % 2 == 0 ? 0 : i % 30);
                  Float[] vector =
                      IntStream.range(0, 16)
                          .mapToObj(
                              c -> (float) (cluster.nextGaussian() + 0.3 * random.nextGaussian()))
                          .toArray(Float[]::new);
                  return RowFactory.create((long) i, vector);
                })
            .toList();
    return SPARK.createDataFrame(
        table,
        new StructType()
            .add("id", DataTypes.LongType)
            .add("v", DataTypes.createArrayType(DataTypes.FloatType)));
  }

  private static JoinSettings settings(Measure measure) {
    return JoinSettings.of(measure).withK(5).withBlockRows(64);
  }

  private static List<Row> sorted(JoinResult result) {
    return result.pairs().orderBy(SimilarityJoin.LEFT_ID, SimilarityJoin.RANK).collectAsList();
  }

  private static double recall(List<Row> found, List<Row> truth) {
    Set<List<Object>> pairs = new HashSet<>();
    found.forEach(row -> pairs.add(List.of(row.get(0), row.get(1))));
    long hits = truth.stream().filter(r -> pairs.contains(List.of(r.get(0), r.get(1)))).count();
    return (double) hits / truth.size();
  }

  @ParameterizedTest
  @EnumSource(Measure.class)
  void theTargetIsMetAndTold(Measure measure) {
    Dataset<Row> rows = clustered(ROWS, 1);
    try (JoinResult exact = new SimilarityJoin(settings(measure)).self(rows, "id", "v");
        JoinResult found =
            new ApproximateJoin(settings(measure), ApproximateSettings.DEFAULT)
                .self(rows, "id", "v")) {
      Approximation told = found.approximation().orElseThrow();
      assertThat(told.recall()).isBetween(0.95, 1.0);
      assertThat(told.queries()).isEqualTo(256);
      assertThat(told.exact()).isEqualTo(exact.counts().scored());
      // Of all rows, of which those that were looked at are a part.
      assertThat(recall(sorted(found), sorted(exact))).isGreaterThan(0.9);
      assertThat(sorted(found)).noneMatch(row -> row.getLong(0) == row.getLong(1));
    }
  }

  @Test
  void whereAllRowsAreLookedAtTheToldRecallIsTheTrueOne() {
    Dataset<Row> rows = clustered(ROWS, 2);
    ApproximateSettings one = new ApproximateSettings(20, 1, 0, ROWS, 1);
    try (JoinResult exact = new SimilarityJoin(settings(Measure.COSINE)).self(rows, "id", "v");
        JoinResult found =
            new ApproximateJoin(settings(Measure.COSINE), one).self(rows, "id", "v")) {
      Approximation told = found.approximation().orElseThrow();
      assertThat(told.probes()).isEqualTo(1);
      assertThat(told.recall()).isEqualTo(recall(sorted(found), sorted(exact)));
      assertThat(told.recall()).isLessThan(1);
    }
  }

  @Test
  void allListsGiveTheExactResult() {
    Dataset<Row> left = clustered(80, 3);
    Dataset<Row> right = clustered(300, 4);
    ApproximateSettings all = new ApproximateSettings(8, 8, 0, 10, 1);
    try (JoinResult exact =
            new SimilarityJoin(settings(Measure.EUCLIDEAN)).between(left, right, "id", "v");
        JoinResult found =
            new ApproximateJoin(settings(Measure.EUCLIDEAN), all).between(left, right, "id", "v");
        JoinResult exactSelf =
            new SimilarityJoin(settings(Measure.EUCLIDEAN)).self(right, "id", "v");
        JoinResult foundSelf =
            new ApproximateJoin(settings(Measure.EUCLIDEAN), all).self(right, "id", "v")) {
      assertThat(sorted(found)).isEqualTo(sorted(exact));
      assertThat(sorted(foundSelf)).isEqualTo(sorted(exactSelf));
      assertThat(found.approximation().orElseThrow().recall()).isEqualTo(1);
      // 80 x 300 in the lists; both tables dealt into 8 lists, the left one's probes; what k-means
      // learnt from, 5 times; 10 rows with all.
      long expected = 80 * 300 + (2 * 80 + 300) * 8 + 320 * 8 * 5 + 10 * 300;
      assertThat(found.counts().scored()).isEqualTo(expected);
    }
  }

  @Test
  void partitionsMakeNoDifference() {
    Dataset<Row> rows = clustered(ROWS, 5);
    ApproximateJoin join =
        new ApproximateJoin(settings(Measure.COSINE), ApproximateSettings.DEFAULT);
    try (JoinResult one = join.self(rows.coalesce(1), "id", "v");
        JoinResult many = join.self(rows.repartition(9), "id", "v")) {
      assertThat(sorted(many)).isEqualTo(sorted(one));
      assertThat(many.approximation()).isEqualTo(one.approximation());
    }
  }

  @Test
  void equalVectorsAllInOneListAreNoTrouble() {
    Dataset<Row> rows = SPARK.range(200).selectExpr("id", "array(float(1), float(2)) as v");
    try (JoinResult found =
        new ApproximateJoin(settings(Measure.COSINE), ApproximateSettings.DEFAULT)
            .self(rows, "id", "v")) {
      assertThat(found.pairs().count()).isEqualTo(200 * 5);
    }
  }

  @Test
  void fewRowsAreJoinedExactly() {
    try (JoinResult found =
        new ApproximateJoin(settings(Measure.COSINE), ApproximateSettings.DEFAULT)
            .self(clustered(20, 6), "id", "v")) {
      assertThat(found.approximation()).isEmpty();
      assertThat(found.pairs().count()).isEqualTo(100);
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new ApproximateSettings(1, 1, 0.9, 10, 1))
        .hasMessageContaining("lists is 1, expected 0 (choose) or 2 and more");
    assertThatThrownBy(() -> new ApproximateSettings(0, 0, 0.9, 10, 1))
        .hasMessageContaining("probes is 0");
    assertThatThrownBy(() -> new ApproximateSettings(0, 1, 1.5, 10, 1))
        .hasMessageContaining("targetRecall is 1.5, expected a share");
    assertThatThrownBy(() -> new ApproximateSettings(0, 1, Double.NaN, 10, 1))
        .hasMessageContaining("targetRecall is NaN");
    assertThatThrownBy(() -> new ApproximateSettings(0, 1, 0.9, 0, 1))
        .hasMessageContaining("queries is 0");
  }
}
