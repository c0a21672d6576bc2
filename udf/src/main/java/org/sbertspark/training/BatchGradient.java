package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.sbertspark.inference.Gradients;
import org.sbertspark.inference.TrainableEncoder;

/**
 * The loss of a batch and its derivatives. Texts are encoded in passes of similar lengths, like
 * everywhere; the loss sees them all.
 *
 * <p>With gradient caching a pass is computed twice: first without noting what its derivative
 * needs, for the loss and the derivatives of the vectors; then, one pass after the other, with. So
 * memory holds what one pass needs, and the gradient is the same.
 *
 * @see <a href="https://arxiv.org/abs/2101.06983">Gao et al. 2021, gradient caching</a>
 */
final class BatchGradient {
  private final TrainableEncoder encoder;
  private final TrainingRecipe recipe;

  BatchGradient(TrainableEncoder encoder, TrainingRecipe recipe) {
    this.encoder = encoder;
    this.recipe = recipe;
  }

  /**
   * What a batch was.
   *
   * @param tokens real ones
   * @param flop of the forward passes' matrix products, of real tokens, each counted once
   */
  record Result(double loss, long tokens, double flop) {}

  /**
   * The texts of a batch: anchors, then positives, then each column of negatives.
   *
   * @param passes which texts are encoded together
   * @param rows where in the passes' rows, one below the other, each text is
   */
  private record Texts(long[][] sequences, List<int[]> passes, long[] rows) {}

  /**
   * Adds the derivatives of {@code weight * loss} to the parameters' gradients.
   *
   * @param seed of the dropout
   */
  Result add(List<Example> batch, double weight, long seed) {
    Texts texts = texts(batch);
    double loss =
        recipe.gradientCaching()
            ? cached(texts, batch.size(), weight, seed)
            : direct(texts, batch.size(), weight, seed);
    long tokens = 0;
    double flop = 0;
    for (long[] sequence : texts.sequences) {
      tokens += sequence.length;
      flop += encoder.work().flop(sequence.length);
    }
    return new Result(loss, tokens, flop);
  }

  private Texts texts(List<Example> batch) {
    int columns = batch.get(0).texts().size();
    long[][] sequences = new long[columns * batch.size()][];
    for (int column = 0; column < columns; column++) {
      for (int i = 0; i < batch.size(); i++) {
        sequences[column * batch.size() + i] = encoder.tokenIds(batch.get(i).texts().get(column));
      }
    }
    int[] lengths = Arrays.stream(sequences).mapToInt(s -> s.length).toArray();
    List<int[]> passes = TrainableEncoder.passes(lengths, recipe.tokenBudget());
    long[] rows = new long[sequences.length];
    int row = 0;
    for (int[] pass : passes) {
      for (int place : pass) {
        rows[place] = row++;
      }
    }
    return new Texts(sequences, passes, rows);
  }

  private double direct(Texts texts, int anchors, double weight, long seed) {
    try (NDManager scope = encoder.arrays().newSubManager()) {
      return Gradients.kept(
          () -> lossAndBackward(encoded(scope, texts, seed), texts, anchors, weight));
    }
  }

  private double cached(Texts texts, int anchors, double weight, long seed) {
    try (NDManager scope = encoder.arrays().newSubManager()) {
      NDArray computed = Gradients.off(() -> encoded(scope, texts, seed));
      NDArray vectors = Gradients.variable(computed);
      double loss = Gradients.kept(() -> lossAndBackward(vectors, texts, anchors, weight));
      NDArray derivatives = Gradients.of(vectors);
      int begin = 0;
      for (int pass = 0; pass < texts.passes.size(); pass++) {
        int end = begin + texts.passes.get(pass).length;
        NDArray ofPass = derivatives.get(new NDIndex(begin + ":" + end));
        try (NDManager inner = scope.newSubManager()) {
          int number = pass;
          NDArray again = Gradients.kept(() -> encoded(inner, texts, number, seed));
          Gradients.backward(again, ofPass);
        }
        begin = end;
      }
      return loss;
    }
  }

  private double lossAndBackward(NDArray vectors, Texts texts, int anchors, double weight) {
    NDArray loss = loss(vectors, texts, anchors);
    Gradients.backward(loss, loss.getManager().full(new Shape(), (float) weight));
    return loss.getFloat();
  }

  /** All passes' rows, one below the other. */
  private NDArray encoded(NDManager scope, Texts texts, long seed) {
    NDList parts = new NDList();
    for (int pass = 0; pass < texts.passes.size(); pass++) {
      parts.add(encoded(scope, texts, pass, seed));
    }
    // Of a single array DJL makes a copy that cannot be differentiated.
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts);
  }

  /** A pass drops the same whenever it is computed with the same seed. */
  private NDArray encoded(NDManager scope, Texts texts, int pass, long seed) {
    Gradients.seed(RandomStream.of(seed, pass).nextLong());
    return encoder.encode(scope, texts.sequences, texts.passes.get(pass), true);
  }

  private NDArray loss(NDArray vectors, Texts texts, int anchors) {
    NDArray rows = vectors.getManager().create(texts.rows);
    return RankingLoss.of(vectors.get(new NDIndex("{}", rows)), anchors, recipe);
  }
}
