package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import org.sbertspark.training.TrainingRecipe.Similarity;

/**
 * The multiple negatives ranking loss of sentence-transformers: among the positives and hard
 * negatives of a whole batch, each anchor shall be most similar to its own positive.
 *
 * @see <a href="https://arxiv.org/abs/1705.00652">Henderson et al. 2017, section 4.4</a>
 */
final class RankingLoss {
  /** As torch.nn.functional.normalize. */
  private static final float SMALLEST_NORM = 1e-12f;

  private RankingLoss() {}

  /**
   * The mean cross entropy of {@code scale * similarity(anchor i, candidate j)}, with candidate i
   * the right one for anchor i.
   *
   * @param vectors {@code [anchors + candidates, dimension]}: anchors, their positives in the same
   *     order, then negatives
   * @return a scalar
   */
  static NDArray of(NDArray vectors, int anchors, TrainingRecipe recipe) {
    NDArray compared = recipe.similarity() == Similarity.COSINE ? normalized(vectors) : vectors;
    NDArray candidates = compared.get(new NDIndex(anchors + ":"));
    NDArray scores =
        compared
            .get(new NDIndex(":" + anchors))
            .matMul(candidates.transpose(1, 0))
            .mul((float) recipe.scale());
    NDArray loss = crossEntropy(scores);
    if (!recipe.symmetric()) {
      return loss;
    }
    NDArray back = scores.get(new NDIndex(":, :" + anchors)).transpose(1, 0);
    return loss.add(crossEntropy(back)).div(2);
  }

  private static NDArray normalized(NDArray vectors) {
    return vectors.div(vectors.norm(new int[] {1}, true).maximum(SMALLEST_NORM));
  }

  /** The mean of {@code -log softmax(row i)[i]}. */
  private static NDArray crossEntropy(NDArray scores) {
    int rows = (int) scores.getShape().get(0);
    int columns = (int) scores.getShape().get(1);
    NDArray right = scores.getManager().eye(rows, columns, 0, scores.getDataType());
    return scores.logSoftmax(1).mul(right).sum().div(-rows);
  }
}
