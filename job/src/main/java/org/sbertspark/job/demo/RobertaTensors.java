package org.sbertspark.job.demo;

import java.util.Arrays;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.training.RobertaShape;

/**
 * The weights of a RoBERTa encoder of one layer that hands its token vectors through unchanged.
 *
 * <p>Layer normalisation takes the mean from every token and gives all of them one length, so a
 * token's own length, its weight in the mean over the text, would be lost. It survives like this:
 * the vectors are spread over the first {@value #CONTENT} dimensions along cosines, whose mean is
 * zero; the other dimensions hold what is missing to the common length, in one fixed direction of
 * mean zero. So every token comes to all three normalisations with mean zero and variance one, and
 * they change nothing, until the last one multiplies the other dimensions by zero. Attention and
 * feed-forward add zero to the residual stream.
 */
final class RobertaTensors {
  static final int HIDDEN = 768;
  static final DType DTYPE = DType.F16;

  /** Tokens of a text; two positions more are left unused. */
  static final int MAX_SEQUENCE_LENGTH = 128;

  /** Dimensions that carry the token vectors; the last ones are zero in what the model gives. */
  static final int CONTENT = 736;

  private RobertaTensors() {}

  static RobertaShape shape(int vocabularySize) {
    return new RobertaShape(vocabularySize, 1, HIDDEN, 12, 64, MAX_SEQUENCE_LENGTH + 2);
  }

  /**
   * All tensors, by the names of transformers' RobertaModel.
   *
   * @param tokenVectors {@code [tokens][n]}, n below {@value #CONTENT}; only their lengths relative
   *     to each other matter
   */
  static SafetensorsWriter of(double[][] tokenVectors) {
    SafetensorsWriter writer = new SafetensorsWriter(DTYPE);
    shape(tokenVectors.length)
        .tensors()
        .forEach((name, sizes) -> writer.add(name, sizes, () -> values(name, sizes, tokenVectors)));
    return writer;
  }

  /** All zero, but for the token vectors, and layer norms that keep dimensions. */
  private static float[] values(String name, long[] sizes, double[][] tokenVectors) {
    if (name.equals("embeddings.word_embeddings.weight")) {
      return wordEmbeddings(tokenVectors);
    }
    float[] values = new float[(int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b)];
    if (name.equals("encoder.layer.0.output.LayerNorm.weight")) {
      Arrays.fill(values, 0, CONTENT, 1);
    } else if (name.endsWith("LayerNorm.weight")) {
      Arrays.fill(values, 1);
    }
    return values;
  }

  private static float[] wordEmbeddings(double[][] tokenVectors) {
    double longest =
        Arrays.stream(tokenVectors).mapToDouble(RobertaTensors::squares).max().orElseThrow();
    double[][] basis = cosineBasis(tokenVectors[0].length);
    float[] words = new float[tokenVectors.length * HIDDEN];
    for (int token = 0; token < tokenVectors.length; token++) {
      double[] embedding = embedding(tokenVectors[token], longest, basis);
      for (int d = 0; d < HIDDEN; d++) {
        words[token * HIDDEN + d] = (float) embedding[d];
      }
    }
    return words;
  }

  /** Mean zero, and variance one: all squares together are {@value #HIDDEN}. */
  private static double[] embedding(double[] vector, double longest, double[][] basis) {
    double[] embedding = new double[HIDDEN];
    double scale = Math.sqrt(HIDDEN / longest);
    for (int i = 0; i < vector.length; i++) {
      for (int d = 0; d < CONTENT; d++) {
        embedding[d] += scale * vector[i] * basis[i][d];
      }
    }
    double rest = Math.max(0, 1 - squares(vector) / longest);
    double share = Math.sqrt(rest * HIDDEN / (HIDDEN - CONTENT));
    for (int d = CONTENT; d < HIDDEN; d++) {
      embedding[d] = d % 2 == 0 ? share : -share;
    }
    return embedding;
  }

  /** Rows 1 to n of the orthonormal discrete cosine transform: length 1, mean 0 each. */
  private static double[][] cosineBasis(int rows) {
    double[][] basis = new double[rows][CONTENT];
    for (int k = 0; k < rows; k++) {
      for (int d = 0; d < CONTENT; d++) {
        basis[k][d] =
            Math.sqrt(2.0 / CONTENT) * StrictMath.cos(Math.PI * (k + 1) * (d + 0.5) / CONTENT);
      }
    }
    return basis;
  }

  private static double squares(double[] vector) {
    return Arrays.stream(vector).map(x -> x * x).sum();
  }
}
