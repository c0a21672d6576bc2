package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.ml.functions;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.similarity.Measure;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Joins of tables: types, partitions, what takes no part, what is refused. */
@ExtendWith(TestCache.class)
class SimilarityJoinTest {
  private static final SparkSession SPARK = SparkTestSession.get();
  private static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);
  private static final DataType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType);

  /** Small blocks, so that there are many. */
  private static JoinSettings settings(Measure measure) {
    return JoinSettings.of(measure).withBlockRows(16);
  }

  private static Dataset<Row> table(DataType ids, DataType vectors, List<Row> rows) {
    return SPARK.createDataFrame(rows, new StructType().add("id", ids).add("v", vectors));
  }

  private static List<Row> rows(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(i -> RowFactory.create((long) i, random(random)))
        .toList();
  }

  private static Float[] random(Random random) {
    return IntStream.range(0, 24)
        .mapToObj(c -> (float) random.nextGaussian())
        .toArray(Float[]::new);
  }

  private static Dataset<Row> floats(int count, long seed) {
    return table(DataTypes.LongType, FLOATS, rows(count, seed));
  }

  private static List<Row> self(JoinSettings settings, Dataset<Row> rows) {
    try (JoinResult result = new SimilarityJoin(settings).self(rows, "id", "v")) {
      return sorted(result);
    }
  }

  private static List<Row> between(JoinSettings settings, Dataset<Row> left, Dataset<Row> right) {
    try (JoinResult result = new SimilarityJoin(settings).between(left, right, "id", "v")) {
      return sorted(result);
    }
  }

  private static List<Row> sorted(JoinResult result) {
    return result.pairs().orderBy(SimilarityJoin.LEFT_ID, SimilarityJoin.RANK).collectAsList();
  }

  /** The same by SQL's means. */
  private static List<Row> byDefinition(List<Row> left, List<Row> right, boolean self, int k) {
    List<Row> all = new ArrayList<>();
    for (Row a : left) {
      List<Row> pairs = new ArrayList<>();
      for (Row b : right) {
        if (!self || a.getLong(0) != b.getLong(0)) {
          pairs.add(
              RowFactory.create(
                  a.getLong(0), b.getLong(0), cosine((Float[]) a.get(1), (Float[]) b.get(1))));
        }
      }
      pairs.sort(Comparator.comparingDouble((Row pair) -> -pair.getDouble(2)));
      for (int rank = 1; rank <= Math.min(k, pairs.size()); rank++) {
        Row pair = pairs.get(rank - 1);
        all.add(RowFactory.create(pair.get(0), pair.get(1), pair.get(2), rank));
      }
    }
    return all;
  }

  private static double cosine(Float[] a, Float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }

  private static void assertSame(List<Row> actual, List<Row> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.get(i).get(0)).isEqualTo(expected.get(i).get(0));
      assertThat(actual.get(i).get(1)).isEqualTo(expected.get(i).get(1));
      assertThat(actual.get(i).getDouble(2)).isCloseTo(expected.get(i).getDouble(2), within(1e-9));
      assertThat(actual.get(i).getInt(3)).isEqualTo(expected.get(i).getInt(3));
    }
  }

  @Test
  void aSelfJoinIsBruteForce() {
    List<Row> rows = rows(200, 1);
    List<Row> found =
        self(settings(Measure.COSINE).withK(5), table(DataTypes.LongType, FLOATS, rows));
    assertSame(found, byDefinition(rows, rows, true, 5));
  }

  @Test
  void aJoinOfTwoTablesIsBruteForce() {
    List<Row> left = rows(70, 1);
    List<Row> right = rows(150, 2);
    List<Row> found =
        between(
            settings(Measure.COSINE).withK(5),
            table(DataTypes.LongType, FLOATS, left),
            table(DataTypes.LongType, FLOATS, right));
    assertSame(found, byDefinition(left, right, false, 5));
  }

  @ParameterizedTest
  @EnumSource(Measure.class)
  void partitionsAndBlocksMakeNoDifference(Measure measure) {
    Dataset<Row> rows = floats(120, 3);
    JoinSettings settings = settings(measure).withK(4);
    List<Row> expected = self(settings, rows.coalesce(1));
    assertThat(self(settings, rows.repartition(7))).isEqualTo(expected);
    assertThat(self(settings.withBlockRows(1000), rows.repartition(3))).isEqualTo(expected);
    assertThat(self(settings.withBlockRows(7), rows.filter("id < 3").union(rows.filter("id >= 3"))))
        .isEqualTo(expected);
  }

  @Test
  void allTypesOfVectorsGiveTheSame() {
    Dataset<Row> rows = floats(40, 4);
    JoinSettings settings = settings(Measure.EUCLIDEAN).withK(3);
    List<Row> expected = self(settings, rows);
    assertThat(self(settings, rows.withColumn("v", rows.col("v").cast(DOUBLES))))
        .isEqualTo(expected);
    assertThat(self(settings, rows.withColumn("v", functions.array_to_vector(rows.col("v")))))
        .isEqualTo(expected);
  }

  @Test
  void idsKeepTheirTypes() {
    Dataset<Row> rows = floats(5, 5);
    for (DataType type : List.of(DataTypes.IntegerType, DataTypes.StringType)) {
      Dataset<Row> typed = rows.withColumn("id", rows.col("id").cast(type));
      try (JoinResult result =
          new SimilarityJoin(settings(Measure.DOT).withK(1)).self(typed, "id", "v")) {
        assertThat(result.pairs().schema().apply("left_id").dataType()).isEqualTo(type);
        assertThat(result.pairs().schema().apply("right_id").dataType()).isEqualTo(type);
        assertThat(result.pairs().columns()).contains("score");
        assertThat(result.pairs().count()).isEqualTo(5);
      }
    }
  }

  @Test
  void aThresholdKeepsAllWithinIt() {
    List<Row> rows = rows(60, 6);
    List<Row> expected =
        byDefinition(rows, rows, true, 100).stream()
            .filter(row -> row.getDouble(2) >= 0.2)
            .toList();
    Dataset<Row> table = table(DataTypes.LongType, FLOATS, rows);
    JoinSettings settings = settings(Measure.COSINE).withThreshold(0.2);
    assertSame(self(settings, table), expected);
    List<Row> three = expected.stream().filter(row -> row.getInt(3) <= 3).toList();
    assertSame(self(settings.withK(3), table), three);
    try (JoinResult capped = new SimilarityJoin(settings.withMaxPerRow(3)).self(table, "id", "v")) {
      assertSame(sorted(capped), three);
      assertThat(capped.counts().full())
          .isEqualTo(three.stream().filter(row -> row.getInt(3) == 3).count());
      assertThat(capped.counts().pairs()).isEqualTo(three.size());
    }
  }

  @Test
  void aDistanceOnTheThresholdCounts() {
    Dataset<Row> rows =
        table(
            DataTypes.LongType,
            FLOATS,
            List.of(
                RowFactory.create(1L, List.of(0f, 0f)),
                RowFactory.create(2L, List.of(3f, 4f)),
                RowFactory.create(3L, List.of(30f, 40f))));
    List<Row> found = self(settings(Measure.EUCLIDEAN).withThreshold(5), rows);
    assertThat(found)
        .containsExactly(RowFactory.create(1L, 2L, 5.0, 1), RowFactory.create(2L, 1L, 5.0, 1));
  }

  @Test
  void moreNeighboursThanRowsGivesAllRows() {
    assertThat(self(settings(Measure.COSINE).withK(50), floats(4, 7))).hasSize(12);
  }

  @Test
  void rowsThatCannotBeComparedTakeNoPartAndAreCounted() {
    Dataset<Row> rows =
        table(
            DataTypes.LongType,
            FLOATS,
            List.of(
                RowFactory.create(1L, List.of(1f, 0f)),
                RowFactory.create(2L, List.of(1f, 1f)),
                RowFactory.create(3L, List.of(0f, 0f)),
                RowFactory.create(4L, null),
                RowFactory.create(5L, List.of(Float.NaN, 1f)),
                RowFactory.create(6L, List.of(Float.POSITIVE_INFINITY, 1f)),
                RowFactory.create(7L, Arrays.asList(null, 1f))));
    try (JoinResult result =
        new SimilarityJoin(settings(Measure.COSINE).withK(3)).self(rows, "id", "v")) {
      assertThat(sorted(result)).extracting(row -> row.get(0)).containsExactly(1L, 2L);
      assertThat(result.counts().left()).isEqualTo(new VectorCounts(7, 1, 1, 3, 2, 2));
      assertThat(result.counts().scored()).isEqualTo(1);
    }
    // A zero vector has no direction, but it has distances.
    assertThat(self(settings(Measure.EUCLIDEAN).withK(1), rows)).hasSize(3);
  }

  @Test
  void aNullMlVectorTakesNoPart() {
    Dataset<Row> rows = floats(4, 8);
    rows =
        rows.withColumn("v", functions.array_to_vector(rows.col("v")))
            .selectExpr("id", "if(id = 2, null, v) as v");
    assertThat(self(settings(Measure.COSINE).withK(9), rows)).hasSize(6);
  }

  @Test
  void doublesThatNoFloatHoldsAreNotFinite() {
    Dataset<Row> rows =
        table(
            DataTypes.LongType,
            DOUBLES,
            List.of(
                RowFactory.create(1L, List.of(1e300, 0.0)),
                RowFactory.create(2L, List.of(1.0, 1.0))));
    try (JoinResult result =
        new SimilarityJoin(settings(Measure.COSINE).withK(3)).self(rows, "id", "v")) {
      assertThat(result.counts().left().notFinite()).isEqualTo(1);
      assertThat(result.pairs().count()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"id < 0", "v is null", "id = 1"})
  void emptySidesGiveEmptyResults(String filter) {
    Dataset<Row> rows =
        SPARK.sql("select 1L as id, array(float(1)) as v union all select 2L, null");
    Dataset<Row> few = rows.filter(filter);
    assertThat(self(settings(Measure.COSINE).withK(3), few)).isEmpty();
    if (!filter.equals("id = 1")) {
      assertThat(between(settings(Measure.COSINE).withK(3), few, rows)).isEmpty();
      assertThat(between(settings(Measure.COSINE).withK(3), rows, few)).isEmpty();
    }
  }

  @Test
  void whatCannotBeJoinedIsRefused() {
    Dataset<Row> rows = floats(4, 9);
    JoinSettings settings = settings(Measure.COSINE).withK(1);
    SimilarityJoin join = new SimilarityJoin(settings);
    assertThatThrownBy(() -> join.self(rows, "key", "v"))
        .hasMessage("Cannot compare by column \"key\": there is no such column, there are: id, v");
    assertThatThrownBy(() -> join.self(rows, "v", "v"))
        .hasMessageContaining("\"v\": it is array<float>, expected a whole number or a string");
    assertThatThrownBy(() -> join.self(rows, "id", "id"))
        .hasMessageContaining("\"id\": it is bigint, expected array<float>, array<double>");
    assertThatThrownBy(() -> join.self(rows.union(rows.filter("id < 2")), "id", "v"))
        .hasMessageContaining("2 of its values are there more than once");
    assertThatThrownBy(() -> join.self(rows.selectExpr("nullif(id, 1) as id", "v"), "id", "v"))
        .hasMessageContaining("Cannot compare a row without an id");
    Dataset<Row> shorter = rows.selectExpr("id + 10 as id", "slice(v, 1, 9) as v");
    assertThatThrownBy(() -> join.self(rows.union(shorter), "id", "v"))
        .hasMessageContaining("vectors of 9 and of 24 components");
    assertThatThrownBy(() -> join.between(rows, shorter, "id", "v"))
        .hasMessageContaining("vectors of 9 and of 24 components");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    JoinSettings settings = JoinSettings.of(Measure.COSINE);
    assertThatThrownBy(() -> new SimilarityJoin(settings)).hasMessageContaining("k and threshold");
    assertThatThrownBy(() -> settings.withK(0)).hasMessageContaining("k is 0, expected 1 or more");
    assertThatThrownBy(() -> settings.withThreshold(1.5)).hasMessageContaining("a cosine");
    assertThatThrownBy(() -> settings.withThreshold(Double.NaN)).hasMessageContaining("a number");
    assertThatThrownBy(() -> JoinSettings.of(Measure.EUCLIDEAN).withThreshold(-1))
        .hasMessageContaining("a distance");
    assertThatThrownBy(() -> settings.withMaxPerRow(0)).hasMessageContaining("maxPerRow is 0");
    assertThatThrownBy(() -> settings.withBlockRows(0)).hasMessageContaining("blockRows is 0");
  }
}
