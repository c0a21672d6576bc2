package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.evaluation.Correlation;
import org.sbertspark.inference.Gradients;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.model.Sha256;

/**
 * Pairs with human scores, that tell how good a model is while it trains.
 *
 * @param pairs at least two, with different scores
 */
public record DevSet(List<ScoredTexts> pairs) implements Serializable {

  /** Two texts and how similar somebody found them, on any scale. */
  public record ScoredTexts(double score, String first, String second) implements Serializable {
    public ScoredTexts {
      if (!Double.isFinite(score) || first == null || second == null) {
        throw new IllegalArgumentException(
            "A pair of the dev set has a null text or a score that is no finite number; drop it");
      }
    }
  }

  public DevSet {
    pairs = List.copyOf(pairs);
    if (pairs.stream().mapToDouble(ScoredTexts::score).distinct().count() < 2) {
      throw new IllegalArgumentException(
          "The dev set has %d pairs with one score at most, expected different scores"
              .formatted(pairs.size()));
    }
  }

  /** The same for equal pairs in the same order, on every machine. */
  long contentHash() {
    MessageDigest digest = Sha256.digest();
    for (ScoredTexts pair : pairs) {
      byte[] first = pair.first.getBytes(StandardCharsets.UTF_8);
      byte[] second = pair.second.getBytes(StandardCharsets.UTF_8);
      digest.update(
          ByteBuffer.allocate(16)
              .putDouble(pair.score)
              .putInt(first.length)
              .putInt(second.length)
              .array());
      digest.update(first);
      digest.update(second);
    }
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  /** Cosines of all pairs, NaN where a vector has no finite norm. Texts are encoded once. */
  double[] cosines(TrainableEncoder encoder, int tokenBudget) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (ScoredTexts pair : pairs) {
      places.putIfAbsent(pair.first, places.size());
      places.putIfAbsent(pair.second, places.size());
    }
    float[][] vectors =
        vectors(encoder, tokenBudget, places.keySet().stream().map(encoder::tokenIds).toList());
    return pairs.stream()
        .mapToDouble(p -> cosine(vectors[places.get(p.first)], vectors[places.get(p.second)]))
        .toArray();
  }

  /**
   * Spearman's correlation of cosines and scores; NaN where all cosines are equal.
   *
   * @param cosines finite ones, as {@link #cosines} gives them
   */
  double spearman(double[] cosines) {
    double[] scores = pairs.stream().mapToDouble(ScoredTexts::score).toArray();
    return Correlation.of(scores, cosines).spearman();
  }

  private static float[][] vectors(
      TrainableEncoder encoder, int tokenBudget, List<long[]> tokenIds) {
    long[][] sequences = tokenIds.toArray(long[][]::new);
    int[] lengths = Arrays.stream(sequences).mapToInt(s -> s.length).toArray();
    float[][] vectors = new float[sequences.length][];
    for (int[] pass : TrainableEncoder.passes(lengths, tokenBudget)) {
      try (NDManager scope = encoder.arrays().newSubManager()) {
        NDArray rows = Gradients.off(() -> encoder.encode(scope, sequences, pass, false));
        float[] values = rows.toFloatArray();
        int dimension = encoder.dimension();
        for (int row = 0; row < pass.length; row++) {
          vectors[pass[row]] = Arrays.copyOfRange(values, row * dimension, (row + 1) * dimension);
        }
      }
    }
    return vectors;
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    double norms = Math.sqrt(squaresA * squaresB);
    return norms == 0 ? 0 : dot / norms;
  }
}
