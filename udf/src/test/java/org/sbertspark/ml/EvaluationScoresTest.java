package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.evaluation.JudgedRanking;
import org.sbertspark.evaluation.JudgedRanking.Hit;
import org.sbertspark.evaluation.MiniBatchKMeans;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.evaluation.RankingMetrics;
import org.sbertspark.evaluation.RerankingMetrics;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Scores computed on executors against the metrics of the same vectors, computed here. */
@ExtendWith(TestCache.class)
class EvaluationScoresTest {
  private static final int TEXTS = 60;
  private static final Map<String, float[]> VECTORS = new HashMap<>();
  private static TextVectors vectors;
  private static EmbeddingTotals totals;

  private static SparkSession spark() {
    return SparkTestSession.get();
  }

  private static String text(int i) {
    return List.of("the parcel ", "a cat ", "an invoice ").get(i % 3) + Integer.toString(i * i, 7);
  }

  @BeforeAll
  static void embed() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      rows.add(RowFactory.create(text(i)));
      rows.add(RowFactory.create(text(i / 2)));
    }
    rows.add(RowFactory.create((Object) null));
    Dataset<Row> texts =
        spark().createDataFrame(rows, new StructType().add("t", DataTypes.StringType));
    EmbeddingStats stats = EmbeddingStats.register(spark().sparkContext(), "test");
    vectors =
        TextVectors.embed(TextVectors.distinct(List.of(texts, texts)), Texts.embedder(), stats);
    totals = stats.value();
    vectors
        .join(TextVectors.distinct(List.of(texts)), "text", "v")
        .select("text", "v")
        .collectAsList()
        .forEach(row -> VECTORS.put(row.getString(0), Texts.floats(row.getList(1))));
  }

  @AfterAll
  static void forget() {
    vectors.close();
  }

  private static double cosine(String a, String b) {
    return PairSimilarity.COSINE.between(VECTORS.get(a), VECTORS.get(b));
  }

  private static Dataset<Row> table(String ddl, List<Row> rows) {
    return spark().createDataFrame(rows, StructType.fromDDL(ddl)).repartition(3);
  }

  @Test
  void eachDistinctTextIsEmbeddedOnce() {
    assertThat(totals.rowsIn()).isEqualTo(TEXTS);
    assertThat(VECTORS).hasSize(TEXTS);
  }

  @Test
  void pairsHaveTheSimilaritiesOfTheirVectors() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(RowFactory.create(i / 7.0, text(i), text((i * 11) % TEXTS)));
    }
    rows.add(RowFactory.create(null, text(0), text(1)));
    rows.add(RowFactory.create(1.0, null, text(1)));
    PairScores scores =
        PairScores.of(
            spark().createDataFrame(rows, StructType.fromDDL("g DOUBLE, a STRING, b STRING")),
            col("g"),
            col("a"),
            col("b"),
            vectors);
    assertThat(scores.withoutValue()).isEqualTo(2);
    assertThat(scores.gold())
        .containsExactly(IntStream.range(0, 40).mapToDouble(i -> i / 7.0).toArray());
    for (PairSimilarity similarity : PairSimilarity.values()) {
      double[] expected =
          IntStream.range(0, 40)
              .mapToDouble(
                  i ->
                      similarity.between(VECTORS.get(text(i)), VECTORS.get(text((i * 11) % TEXTS))))
              .toArray();
      assertThat(scores.scores().get(similarity)).containsExactly(expected, within(1e-12));
    }
  }

  @Test
  void setsAreClusteredByThemselvesInTheirOrder() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      rows.add(RowFactory.create(i < 36 ? "long" : "a short one", text(i), "label " + i % 3));
    }
    rows.add(RowFactory.create("long", null, "label 0"));
    ClusteringScores scores =
        ClusteringScores.of(
            spark().createDataFrame(rows, StructType.fromDDL("s STRING, t STRING, l STRING")),
            col("s"),
            col("t"),
            col("l"),
            vectors,
            3);
    assertThat(scores.withoutValue()).isEqualTo(1);
    assertThat(scores.sets()).hasSize(2);
    assertSet(scores.sets().get(0), 0, 36);
    assertSet(scores.sets().get(1), 36, TEXTS);
  }

  private static void assertSet(ClusteringScores.OfSet set, int from, int to) {
    assertThat(set.texts()).isEqualTo(to - from);
    assertThat(set.labels()).isEqualTo(3);
    float[][] points =
        IntStream.range(from, to).mapToObj(i -> VECTORS.get(text(i))).toArray(float[][]::new);
    int[] labels = IntStream.range(from, to).map(i -> i % 3).toArray();
    for (int seed = 1; seed <= 3; seed++) {
      ClusteringMetrics expected =
          ClusteringMetrics.of(
              labels, MiniBatchKMeans.cluster(points, 3, ClusteringScores.BATCH, seed));
      assertThat(set.bySeed().get(seed - 1).vMeasure())
          .isCloseTo(expected.vMeasure(), within(1e-12));
    }
  }

  @Test
  void candidatesAreRankedByTheirCosines() {
    List<Row> rows = new ArrayList<>();
    List<RerankingMetrics.Query> expected = new ArrayList<>();
    for (int q = 0; q < 5; q++) {
      double[] scores = new double[12];
      boolean[] positive = new boolean[12];
      for (int c = 0; c < 12; c++) {
        String candidate = text((q * 13 + c * 5 + 1) % TEXTS);
        positive[c] = (c + q) % 4 == 0;
        scores[c] = cosine(text(q), candidate);
        rows.add(RowFactory.create(q, text(q), candidate, positive[c]));
      }
      expected.add(RerankingMetrics.Query.of(scores, positive));
    }
    rows.add(RowFactory.create(5, text(5), text(6), true));
    rows.add(RowFactory.create(6, text(5), null, true));
    RerankingScores scores =
        RerankingScores.of(
            table("q INT, query STRING, t STRING, p BOOLEAN", rows),
            col("q"),
            col("query"),
            col("t"),
            col("p"),
            vectors,
            vectors);
    assertThat(scores.notJudged()).isEqualTo(1);
    assertThat(scores.withoutValue()).isEqualTo(1);
    assertThat(scores.queries()).isEqualTo(expected);
    assertThat(scores.mean()).isEqualTo(RerankingMetrics.mean(expected));
  }

  @Test
  void documentsAreRankedByTheirCosinesWithoutTheQuerysOwn() {
    List<Row> documents = new ArrayList<>();
    for (int d = 10; d < TEXTS; d++) {
      documents.add(RowFactory.create("d" + d, text(d)));
    }
    // The query's own text, and as near: they come by their ids.
    documents.add(RowFactory.create("q0", text(0)));
    documents.add(RowFactory.create("b", text(0)));
    documents.add(RowFactory.create("a", text(0)));
    List<Row> queries = new ArrayList<>();
    List<Row> judgements = new ArrayList<>();
    Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
    for (int q = 0; q < 4; q++) {
      queries.add(RowFactory.create("q" + q, text(q)));
      Map<String, Integer> of = new HashMap<>();
      for (int d = 10 + q; d < 40; d += 7) {
        of.put("d" + d, d % 3);
        judgements.add(RowFactory.create("q" + q, "d" + d, d % 3));
      }
      of.put("b", 1);
      judgements.add(RowFactory.create("q" + q, "b", 1));
      grades.put("q" + q, of);
    }
    queries.add(RowFactory.create("nothing relevant", text(7)));
    judgements.add(RowFactory.create("nothing relevant", "d11", 0));
    judgements.add(RowFactory.create("no query", "d11", 1));
    judgements.add(RowFactory.create("no query", "d12", 1));
    RetrievalScores scores =
        RetrievalScores.of(
            table("id STRING, text STRING", queries),
            table("id STRING, text STRING", documents),
            table("query STRING, document STRING, grade INT", judgements),
            vectors,
            vectors,
            DeviceChoice.AUTO);
    assertThat(scores.withoutRelevant()).isEqualTo(1);
    assertThat(scores.withoutText()).isEqualTo(1);
    assertThat(scores.queries()).hasSize(4);
    for (int q = 0; q < 4; q++) {
      String id = "q" + q;
      String query = text(q);
      List<Hit> hits =
          documents.stream()
              .filter(row -> !row.getString(0).equals(id))
              .map(row -> new Hit(row.getString(0), cosine(query, row.getString(1))))
              .toList();
      JudgedRanking expected = JudgedRanking.of(JudgedRanking.ranked(hits), grades.get(id));
      assertThat(scores.queries().get(q).id()).isEqualTo(id);
      for (int k : RetrievalScores.CUTS) {
        assertThat(scores.queries().get(q).at(k)).isEqualTo(expected.at(k));
      }
    }
    assertThat(scores.at(10))
        .isEqualTo(
            RankingMetrics.mean(scores.queries().stream().map(query -> query.at(10)).toList()));
  }

  @Test
  void aTextThatWasNotEmbeddedFailsTheJob() {
    Dataset<Row> other = table("t STRING", List.of(RowFactory.create("SECRET of another table")));
    assertThatThrownBy(() -> vectors.join(other, "t", "v").collectAsList())
        .hasStackTraceContaining("the input has changed meanwhile")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("SECRET"));
  }

  @Test
  void noSeedsAreRefused() {
    assertThatThrownBy(
            () ->
                ClusteringScores.of(
                    table("t STRING", List.of()), lit(1), col("t"), col("t"), vectors, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot cluster with 0 seeds: expected 1 or more");
  }
}
