package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.sbertspark.evaluation.GoldenMetrics.EXACT;
import static org.sbertspark.evaluation.GoldenMetrics.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PairClassificationMetricsTest {

  @Test
  void equalsTheReferences() throws IOException {
    for (JsonNode golden : GoldenMetrics.of("pair_classification")) {
      double[] labels = doubles(golden.get("label"));
      boolean[] positive = new boolean[labels.length];
      for (int i = 0; i < labels.length; i++) {
        positive[i] = labels[i] == 1;
      }
      PairClassificationMetrics metrics =
          PairClassificationMetrics.of(doubles(golden.get("score")), positive);
      assertThat(metrics.averagePrecision()).isCloseTo(value(golden, "average_precision"), EXACT);
      assertThat(metrics.accuracy()).isCloseTo(value(golden, "best_accuracy"), EXACT);
      assertThat(metrics.accuracyThreshold())
          .isCloseTo(value(golden, "best_accuracy_threshold"), EXACT);
      assertThat(metrics.f1()).isCloseTo(value(golden, "best_f1"), EXACT);
      assertThat(metrics.precision()).isCloseTo(value(golden, "best_f1_precision"), EXACT);
      assertThat(metrics.recall()).isCloseTo(value(golden, "best_f1_recall"), EXACT);
      assertThat(metrics.f1Threshold()).isCloseTo(value(golden, "best_f1_threshold"), EXACT);
    }
  }

  private static double value(JsonNode golden, String name) {
    return golden.get(name).doubleValue();
  }

  @Test
  void separatedPairsArePerfect() {
    assertThat(
            PairClassificationMetrics.of(
                new double[] {0.2, 0.9, 0.5}, new boolean[] {false, true, false}))
        .isEqualTo(new PairClassificationMetrics(1, 1, 0.7, 1, 1, 1, 0.7));
  }

  @Test
  void averagePrecisionOfOneScoreForAllIsTheShareOfPositives() {
    double[] scores = {0.5, 0.5, 0.5, 0.5};
    assertThat(
            PairClassificationMetrics.of(scores, new boolean[] {true, false, false, false})
                .averagePrecision())
        .isEqualTo(
            PairClassificationMetrics.of(scores, new boolean[] {false, false, false, true})
                .averagePrecision())
        .isEqualTo(0.25);
  }

  @Test
  void zeroHasNoSign() {
    assertThat(
            PairClassificationMetrics.of(new double[] {-0.0, 0.0}, new boolean[] {false, true})
                .averagePrecision())
        .isEqualTo(0.5);
  }

  @Test
  void noPositivePairIsWorthNothing() {
    assertThat(PairClassificationMetrics.of(new double[] {1, 3}, new boolean[2]))
        .isEqualTo(new PairClassificationMetrics(0, 0.5, 2, 0, 0, 0, Double.NaN));
  }

  @Test
  void noPairsHaveNoAveragePrecisionAndNoThresholds() {
    assertThat(PairClassificationMetrics.of(new double[0], new boolean[0]))
        .isEqualTo(new PairClassificationMetrics(Double.NaN, 0, Double.NaN, 0, 0, 0, Double.NaN));
  }

  @Test
  void onePairCannotBeCut() {
    assertThat(PairClassificationMetrics.of(new double[] {0.5}, new boolean[] {true}))
        .isEqualTo(new PairClassificationMetrics(1, 0, Double.NaN, 0, 0, 0, Double.NaN));
  }

  @Test
  void notANumberIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> PairClassificationMetrics.of(new double[] {Double.NaN}, new boolean[] {true}))
        .withMessage("Cannot evaluate score 1 of 1: it is NaN, expected a number");
  }

  @Test
  void differentLengthsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PairClassificationMetrics.of(new double[3], new boolean[2]))
        .withMessage("Cannot compare 3 scores with 2 labels: expected one of each per pair");
  }
}
