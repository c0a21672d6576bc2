package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.testing.TestCache;
import org.sbertspark.training.TrainingRecipe.Similarity;

/** Against the definition, in double. */
@ExtendWith(TestCache.class)
class RankingLossTest {
  private static final int DIMENSION = 7;

  @ParameterizedTest(name = "{0}, symmetric {1}, {2} anchors, {3} columns of negatives")
  @CsvSource({
    "DOT, false, 4, 0",
    "DOT, false, 4, 2",
    "DOT, true, 4, 0",
    "DOT, true, 3, 2",
    "COSINE, false, 5, 1",
    "COSINE, true, 5, 1",
    "COSINE, false, 2, 0",
  })
  void isTheMeanCrossEntropyOfTheRightCandidate(
      Similarity similarity, boolean symmetric, int anchors, int negatives) {
    int rows = anchors * (2 + negatives);
    SplittableRandom random = new SplittableRandom(rows);
    float[] values = new float[rows * DIMENSION];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    TrainingRecipe recipe =
        TrainingRecipe.CARD.toBuilder()
            .similarity(similarity)
            .symmetric(symmetric)
            .scale(3)
            .build();
    try (NDManager arrays = TorchEngine.newManager(ComputeDevice.CPU)) {
      double loss =
          RankingLoss.of(arrays.create(values, new Shape(rows, DIMENSION)), anchors, recipe)
              .getFloat();
      assertThat(loss).isCloseTo(expected(values, anchors, recipe), within(1e-5));
    }
  }

  private static double expected(float[] values, int anchors, TrainingRecipe recipe) {
    int candidates = values.length / DIMENSION - anchors;
    double[][] scores = new double[anchors][candidates];
    double[][] back = new double[anchors][anchors];
    for (int i = 0; i < anchors; i++) {
      for (int j = 0; j < candidates; j++) {
        scores[i][j] = 3 * similarity(values, i, anchors + j, recipe.similarity());
        if (j < anchors) {
          back[j][i] = scores[i][j];
        }
      }
    }
    double loss = crossEntropy(scores);
    return recipe.symmetric() ? (loss + crossEntropy(back)) / 2 : loss;
  }

  private static double crossEntropy(double[][] scores) {
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      double exponentials = 0;
      for (double score : scores[i]) {
        exponentials += Math.exp(score);
      }
      sum += Math.log(exponentials) - scores[i][i];
    }
    return sum / scores.length;
  }

  private static double similarity(float[] values, int a, int b, Similarity similarity) {
    double dot = dot(values, a, b);
    return similarity == Similarity.DOT
        ? dot
        : dot / Math.sqrt(dot(values, a, a) * dot(values, b, b));
  }

  private static double dot(float[] values, int a, int b) {
    double sum = 0;
    for (int i = 0; i < DIMENSION; i++) {
      sum += (double) values[a * DIMENSION + i] * values[b * DIMENSION + i];
    }
    return sum;
  }
}
