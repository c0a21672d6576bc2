package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.sbertspark.evaluation.GoldenMetrics.EXACT;
import static org.sbertspark.evaluation.GoldenMetrics.doubles;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CorrelationTest {
  private static final Correlation NONE = new Correlation(Double.NaN, Double.NaN);

  @Test
  void equalsScipy() throws IOException {
    for (JsonNode golden : GoldenMetrics.of("correlation")) {
      Correlation correlation =
          Correlation.of(doubles(golden.get("gold")), doubles(golden.get("score")));
      assertThat(correlation.spearman()).isCloseTo(golden.get("spearman").doubleValue(), EXACT);
      assertThat(correlation.pearson()).isCloseTo(golden.get("pearson").doubleValue(), EXACT);
    }
  }

  @Property
  void onlyTheOrderCountsForSpearman(@ForAll @Size(min = 3, max = 30) int[] values) {
    double[] gold = new double[values.length];
    Arrays.setAll(gold, i -> (i * 7) % 5);
    double[] scores = Arrays.stream(values).asDoubleStream().toArray();
    double[] curved = Arrays.stream(scores).map(score -> -Math.cbrt(score)).toArray();
    double spearman = Correlation.of(gold, scores).spearman();
    if (Double.isNaN(spearman)) {
      assertThat(Correlation.of(gold, curved).spearman()).isNaN();
    } else {
      assertThat(Correlation.of(gold, curved).spearman()).isCloseTo(-spearman, EXACT);
    }
  }

  @Test
  void constantScoresHaveNoCorrelation() {
    double[] gold = {1, 2, 3};
    assertThat(Correlation.of(gold, new double[] {0.1, 0.1, 0.1})).isEqualTo(NONE);
    assertThat(Correlation.of(new double[] {0.1, 0.1, 0.1}, gold)).isEqualTo(NONE);
    assertThat(Correlation.of(gold, new double[] {0.0, -0.0, 0.0})).isEqualTo(NONE);
  }

  @Test
  void fewerThanTwoItemsHaveNoCorrelation() {
    assertThat(Correlation.of(new double[0], new double[0])).isEqualTo(NONE);
    assertThat(Correlation.of(new double[] {1}, new double[] {2})).isEqualTo(NONE);
  }

  @Test
  void sizeOfTheNumbersDoesNotMatter() {
    double[] gold = {1, 2, 4};
    assertThat(Correlation.of(gold, new double[] {1e-200, 2e-200, 4e-200}).pearson())
        .isCloseTo(1, EXACT);
    assertThat(Correlation.of(gold, new double[] {1e200, 2e200, 4e200}).pearson())
        .isCloseTo(1, EXACT);
  }

  @Test
  void notANumberIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Correlation.of(new double[2], new double[] {1, Double.NaN}))
        .withMessage("Cannot evaluate score 2 of 2: it is NaN, expected a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Correlation.of(new double[] {1, Double.POSITIVE_INFINITY}, new double[2]))
        .withMessage("Cannot correlate a gold score of Infinity: expected a finite number");
  }

  @Test
  void differentLengthsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Correlation.of(new double[3], new double[2]))
        .withMessage("Cannot correlate 3 gold scores with 2 scores: expected one of each per item");
  }
}
