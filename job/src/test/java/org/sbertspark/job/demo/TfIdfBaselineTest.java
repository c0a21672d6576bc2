package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TfIdfBaselineTest {

  @Test
  void weightsAreCountsTimesSmoothInverseDocumentFrequency() {
    float[][] vectors = TfIdfBaseline.vectors(List.of("Red red WINE", "red car, a car"));
    double red = Math.log(3.0 / 3) + 1;
    double once = Math.log(3.0 / 2) + 1;
    double first = Math.sqrt(4 * red * red + once * once);
    double second = Math.sqrt(red * red + 4 * once * once);
    assertThat(vectors[0])
        .containsExactly(
            new float[] {(float) (2 * red / first), (float) (once / first), 0}, within(1e-6f));
    assertThat(vectors[1])
        .containsExactly(
            new float[] {(float) (red / second), 0, (float) (2 * once / second)}, within(1e-6f));
  }

  @Test
  void textWithoutWordsIsZero() {
    assertThat(TfIdfBaseline.vectors(List.of("a word", "!"))[1]).containsOnly(0);
  }

  @Test
  void textsWithoutCommonWordsAreToldApart() {
    List<String> texts =
        List.of("red wine", "white wine wine", "wine wine", "fast car", "car car", "slow car car");
    assertThat(TfIdfBaseline.vMeasure(texts, new int[] {0, 0, 0, 1, 1, 1})).isGreaterThan(0.8);
  }
}
