package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Intervals of differences that are known. */
class PairedBootstrapTest {
  private static ToDoubleFunction<int[]> mean(double... values) {
    return drawn -> Arrays.stream(drawn).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  @Test
  void aConstantDifferenceHasNoWidth() {
    PairedBootstrap found = PairedBootstrap.of(3, mean(1, 5, 9), mean(3, 7, 11), 200, 1);
    assertThat(found.difference()).isCloseTo(2, within(1e-12));
    assertThat(found.low()).isCloseTo(2, within(1e-12));
    assertThat(found.high()).isCloseTo(2, within(1e-12));
    assertThat(found.rounds()).isEqualTo(200);
    assertThat(found.tellsApart()).isTrue();
  }

  @Test
  void theIntervalOfAMeanIsThatOfTheNormalDistribution() {
    Random random = new Random(5);
    double[] noise = random.doubles(400, -1, 1).toArray();
    PairedBootstrap found = PairedBootstrap.of(400, drawn -> 0, mean(noise), 4000, 1);
    double mean = Arrays.stream(noise).average().orElseThrow();
    // Of a uniform distribution of width 2 the standard deviation is 1 / sqrt(3).
    double half = 1.96 / Math.sqrt(3) / Math.sqrt(400);
    assertThat(found.difference()).isCloseTo(mean, within(1e-12));
    assertThat(found.low()).isCloseTo(mean - half, within(0.006));
    assertThat(found.high()).isCloseTo(mean + half, within(0.006));
    assertThat(found.tellsApart()).isFalse();
  }

  @Test
  void aSeedGivesTheSameIntervalAgain() {
    double[] values = new Random(1).doubles(50).toArray();
    assertThat(PairedBootstrap.of(50, drawn -> 0, mean(values), 100, 9))
        .isEqualTo(PairedBootstrap.of(50, drawn -> 0, mean(values), 100, 9));
  }

  @Test
  void bothSystemsSeeTheSameDraws() {
    ToDoubleFunction<int[]> same = mean(new Random(1).doubles(50).toArray());
    assertThat(PairedBootstrap.of(50, same, same, 100, 1))
        .isEqualTo(new PairedBootstrap(0, 0, 0, 100));
  }

  @Test
  void oneItemHasADifferenceAndNoInterval() {
    PairedBootstrap found = PairedBootstrap.of(1, mean(1), mean(3), 200, 1);
    assertThat(found.difference()).isEqualTo(2);
    assertThat(found.hasInterval()).isFalse();
    assertThat(found.low()).isNaN();
    assertThat(found.high()).isNaN();
    assertThat(found.tellsApart()).isFalse();
    assertThat(PairedBootstrap.of(2, mean(1, 1), mean(3, 3), 200, 1).hasInterval()).isTrue();
  }

  @Test
  void drawsWithoutAScoreDoNotCount() {
    // Of two items half of all draws are of one of them alone.
    ToDoubleFunction<int[]> correlation =
        drawn ->
            Correlation.of(
                    Arrays.stream(drawn).mapToDouble(i -> i).toArray(),
                    Arrays.stream(drawn).mapToDouble(i -> i).toArray())
                .spearman();
    PairedBootstrap found = PairedBootstrap.of(2, drawn -> 0, correlation, 1000, 1);
    assertThat(found.rounds()).isBetween(400, 600);
    assertThat(found.low()).isCloseTo(1, within(1e-12));
    PairedBootstrap none = PairedBootstrap.of(2, drawn -> 0, drawn -> Double.NaN, 10, 1);
    assertThat(none.rounds()).isZero();
    assertThat(none.low()).isNaN();
    assertThat(none.hasInterval()).isFalse();
    assertThat(none.tellsApart()).isFalse();
  }

  @Test
  void nothingToDrawFromIsRefused() {
    assertThatThrownBy(() -> PairedBootstrap.of(0, mean(), mean(), 10, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot draw 10 times from 0 items: expected 1 or more of both");
  }
}
