package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.sbertspark.evaluation.GoldenMetrics.EXACT;
import static org.sbertspark.evaluation.GoldenMetrics.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sbertspark.evaluation.RerankingMetrics.Query;

class RerankingMetricsTest {

  /** The golden pairs taken as the candidates of one query each. */
  @Test
  void averagePrecisionEqualsScikitLearn() throws IOException {
    for (JsonNode golden : GoldenMetrics.of("pair_classification")) {
      double[] labels = doubles(golden.get("label"));
      boolean[] positive = new boolean[labels.length];
      IntStream.range(0, labels.length).forEach(i -> positive[i] = labels[i] == 1);
      assertThat(Query.of(doubles(golden.get("score")), positive).averagePrecision())
          .isCloseTo(golden.get("average_precision").doubleValue(), EXACT);
    }
  }

  @Test
  void bestPositiveCandidateGivesTheReciprocalRank() {
    assertThat(
            Query.of(new double[] {0.9, 0.1, 0.8, 0.5}, new boolean[] {false, false, false, true})
                .reciprocalRankAt10())
        .isCloseTo(1.0 / 3, EXACT);
  }

  @Test
  void candidateBehindRankTenGivesNothing() {
    double[] scores = IntStream.range(0, 11).mapToDouble(i -> -i).toArray();
    boolean[] positive = new boolean[11];
    positive[10] = true;
    assertThat(Query.of(scores, positive).reciprocalRankAt10()).isZero();
    assertThat(Query.of(scores, positive).averagePrecision()).isCloseTo(1.0 / 11, EXACT);
  }

  @Test
  void oneScoreForAllPutsNonePositiveFirst() {
    assertThat(Query.of(new double[] {0, -0.0, 0}, new boolean[] {true, false, false}))
        .isEqualTo(new Query(1.0 / 3, 1.0 / 3));
  }

  @Test
  void meanCountsEachQueryTheSame() {
    assertThat(RerankingMetrics.mean(List.of(new Query(1, 1), new Query(0.5, 0.25))))
        .isEqualTo(new RerankingMetrics(2, 0.75, 0.625));
  }

  @Test
  void noQueriesHaveNoMean() {
    assertThat(RerankingMetrics.mean(List.of()))
        .isEqualTo(new RerankingMetrics(0, Double.NaN, Double.NaN));
  }

  @Test
  void candidatesOfOneKindAreRefused() {
    assertThat(Query.judgeable(new boolean[0])).isFalse();
    assertThat(Query.judgeable(new boolean[] {true, true})).isFalse();
    assertThat(Query.judgeable(new boolean[] {true, false})).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Query.of(new double[2], new boolean[2]))
        .withMessage(
            "Cannot judge the order of 2 candidates: expected positive and negative ones; leave"
                + " the query out");
  }

  @Test
  void notANumberIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Query.of(new double[] {1, Double.NaN}, new boolean[] {true, false}))
        .withMessage("Cannot evaluate score 2 of 2: it is NaN, expected a number");
  }
}
