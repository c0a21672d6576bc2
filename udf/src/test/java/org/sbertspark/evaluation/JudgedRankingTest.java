package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.sbertspark.evaluation.GoldenMetrics.EXACT;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.sbertspark.evaluation.JudgedRanking.Hit;

class JudgedRankingTest {

  @Test
  void equalsSentenceTransformers() throws IOException {
    JsonNode golden = GoldenMetrics.of("retrieval");
    List<JudgedRanking> queries = new ArrayList<>();
    for (var relevant : golden.get("relevant").properties()) {
      Map<String, Integer> grades = new HashMap<>();
      relevant.getValue().forEach(id -> grades.put(id.textValue(), 1));
      List<Hit> hits = new ArrayList<>();
      for (var score : golden.get("scores").get(relevant.getKey()).properties()) {
        hits.add(new Hit(score.getKey(), score.getValue().doubleValue()));
      }
      queries.add(JudgedRanking.of(JudgedRanking.ranked(hits), grades));
    }
    JsonNode metrics = golden.get("metrics");
    compare(metrics.get("accuracy@k"), queries, RankingMetrics::accuracy);
    compare(metrics.get("precision@k"), queries, RankingMetrics::precision);
    compare(metrics.get("recall@k"), queries, RankingMetrics::recall);
    compare(metrics.get("ndcg@k"), queries, RankingMetrics::ndcg);
    compare(metrics.get("mrr@k"), queries, RankingMetrics::reciprocalRank);
    compare(metrics.get("map@k"), queries, RankingMetrics::averagePrecision);
  }

  private static void compare(
      JsonNode golden, List<JudgedRanking> queries, ToDoubleFunction<RankingMetrics> metric) {
    assertThat(golden).isNotEmpty();
    for (var value : golden.properties()) {
      int k = Integer.parseInt(value.getKey());
      RankingMetrics mean =
          RankingMetrics.mean(queries.stream().map(query -> query.at(k)).toList());
      assertThat(metric.applyAsDouble(mean)).isCloseTo(value.getValue().doubleValue(), EXACT);
    }
  }

  @Test
  void gainIsLinearInTheGrade() {
    JudgedRanking ranking = JudgedRanking.of(List.of("b", "a"), Map.of("a", 3, "b", 1, "c", 0));
    double second = 1 / (Math.log(3) / Math.log(2));
    assertThat(ranking.at(10).ndcg()).isCloseTo((1 + 3 * second) / (3 + second), EXACT);
    assertThat(ranking.at(1).ndcg()).isCloseTo(1.0 / 3, EXACT);
  }

  @Test
  void everyRelevantDocumentFirstIsPerfect() {
    assertThat(JudgedRanking.of(List.of("b", "a", "c"), Map.of("a", 1, "b", 1)).at(2))
        .isEqualTo(new RankingMetrics(1, 1, 1, 1, 1, 1));
  }

  @Test
  void noResultsAreWorthNothing() {
    assertThat(JudgedRanking.of(List.of(), Map.of("a", 1)).at(10))
        .isEqualTo(new RankingMetrics(0, 0, 0, 0, 0, 0));
  }

  @Test
  void missingResultsCountAsIrrelevant() {
    assertThat(JudgedRanking.of(List.of("a"), Map.of("a", 1)).at(10).precision()).isEqualTo(0.1);
  }

  @Test
  void gradesBelowZeroAreNotRelevant() {
    assertThat(JudgedRanking.of(List.of("x", "a"), Map.of("x", -2, "a", 1)).at(2))
        .isEqualTo(JudgedRanking.of(List.of("x", "a"), Map.of("a", 1)).at(2));
  }

  @Test
  void equalScoresAreOrderedById() {
    assertThat(
            JudgedRanking.ranked(
                List.of(new Hit("c", -0.0), new Hit("b", 0.0), new Hit("d", 1), new Hit("a", 0))))
        .containsExactly("d", "a", "b", "c");
  }

  @Test
  void meanOfNoQueriesIsNotANumber() {
    assertThat(RankingMetrics.mean(List.of()).ndcg()).isNaN();
  }

  @Test
  void queryWithoutARelevantDocumentIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JudgedRanking.of(List.of("a"), Map.of("a", 0)))
        .withMessage(
            "Cannot judge results by 1 grades: none is above 0, expected a relevant document;"
                + " leave the query out");
  }

  @Test
  void documentFoundTwiceIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JudgedRanking.of(List.of("a", "a"), Map.of("a", 1)))
        .withMessage("Cannot judge 2 results: a document is among them twice, expected each once");
  }

  @Test
  void notANumberIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JudgedRanking.ranked(List.of(new Hit("a", Double.NaN))))
        .withMessage("Cannot evaluate score 1 of 1: it is NaN, expected a number");
  }

  @Test
  void noFirstResultsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JudgedRanking.of(List.of(), Map.of("a", 1)).at(0))
        .withMessage("Cannot judge the first 0 results: expected 1 or more");
  }
}
