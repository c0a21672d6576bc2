package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PairSimilarityTest {
  private static final float[] A = {3, 4};
  private static final float[] B = {6, 0};

  @Test
  void nearerVectorsHaveLargerValues() {
    assertThat(PairSimilarity.COSINE.between(A, B)).isEqualTo(0.6);
    assertThat(PairSimilarity.DOT.between(A, B)).isEqualTo(18);
    assertThat(PairSimilarity.EUCLIDEAN.between(A, B)).isEqualTo(-5);
    assertThat(PairSimilarity.MANHATTAN.between(A, B)).isEqualTo(-7);
  }

  @Test
  void distancesAreShownWithoutTheSign() {
    assertThat(PairSimilarity.EUCLIDEAN.shown(-5)).isEqualTo(5);
    assertThat(PairSimilarity.COSINE.shown(-0.5)).isEqualTo(-0.5);
  }

  @Test
  void vectorOfLengthZeroIsLikeNoOther() {
    assertThat(PairSimilarity.COSINE.between(new float[2], A)).isZero();
  }

  @Test
  void differentLengthsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PairSimilarity.DOT.between(A, new float[3]))
        .withMessage("Cannot compare vectors of 2 and 3 components: expected equally many");
  }
}
