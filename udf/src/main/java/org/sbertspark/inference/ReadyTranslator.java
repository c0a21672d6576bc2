package org.sbertspark.inference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.Arrays;
import java.util.List;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.PoolingMode;

/**
 * A batch to the inputs of a {@link ReadyProgram}, its output to {@code [rows, dimension]}: token
 * vectors {@code [rows, tokens, dimension]} are pooled, sentence vectors {@code [rows, dimension]}
 * taken. Of a tuple the first output counts, of a dictionary the one with one of the usual names.
 */
final class ReadyTranslator implements Translator<TokenBatch, float[]> {
  private static final List<String> NAMES =
      List.of("sentence_embedding", "last_hidden_state", "token_embeddings");

  private static final double SMALLEST_NORM = 1e-12;
  private static final String BATCH = "batch";

  private final ReadyProgram program;
  private final long padTokenId;

  ReadyTranslator(ReadyProgram program, long padTokenId) {
    this.program = program;
    this.padTokenId = padTokenId;
  }

  @Override
  public NDList processInput(TranslatorContext context, TokenBatch batch) {
    context.setAttachment(BATCH, batch);
    NDManager manager = context.getNDManager();
    int width = width(batch);
    long[] ids = new long[batch.rows() * width];
    Arrays.fill(ids, padTokenId);
    long[] mask = new long[batch.rows() * width];
    int begin = 0;
    for (int row = 0; row < batch.rows(); row++) {
      int length = (int) batch.lengths()[row];
      System.arraycopy(batch.ids(), begin, ids, row * width, length);
      Arrays.fill(mask, row * width, row * width + length, 1);
      begin += length;
    }
    Shape shape = new Shape(batch.rows(), width);
    NDList inputs = new NDList(manager.create(ids, shape), manager.create(mask, shape));
    if (program.tokenTypes()) {
      inputs.add(manager.zeros(shape, DataType.INT64));
    }
    return inputs;
  }

  private static int width(TokenBatch batch) {
    return Math.max(1, batch.longest());
  }

  @Override
  public float[] processOutput(TranslatorContext context, NDList outputs) {
    TokenBatch batch = (TokenBatch) context.getAttachment(BATCH);
    NDArray output = chosen(outputs);
    long[] shape = output.getShape().getShape();
    boolean tokens =
        shape.length == 3 && shape[0] == batch.rows() && shape[1] == width(batch) && shape[2] > 0;
    if (!tokens && !(shape.length == 2 && shape[0] == batch.rows() && shape[1] > 0)) {
      throw new ModelException(
          "The program gave %s for %d texts of %d tokens, expected [texts, tokens, dimension] or [texts, dimension]"
              .formatted(output.getShape(), batch.rows(), width(batch)));
    }
    float[] values = output.toType(DataType.FLOAT32, false).toFloatArray();
    int dimension = (int) shape[shape.length - 1];
    float[] vectors = tokens ? pooled(values, batch, dimension) : values;
    if (program.normalize()) {
      for (int row = 0; row < batch.rows(); row++) {
        normalize(vectors, row * dimension, dimension);
      }
    }
    return vectors;
  }

  private static NDArray chosen(NDList outputs) {
    for (String name : NAMES) {
      for (NDArray output : outputs) {
        if (name.equals(output.getName())) {
          return output;
        }
      }
    }
    return outputs.head();
  }

  private float[] pooled(float[] tokens, TokenBatch batch, int dimension) {
    float[] vectors = new float[batch.rows() * dimension];
    double[] sum = new double[dimension];
    int width = width(batch);
    for (int row = 0; row < batch.rows(); row++) {
      int begin = row * width * dimension;
      int length = (int) batch.lengths()[row];
      Arrays.fill(sum, 0);
      pool(tokens, begin, length, sum);
      for (int i = 0; i < dimension; i++) {
        vectors[row * dimension + i] = (float) sum[i];
      }
    }
    return vectors;
  }

  /** The vector of the tokens that begin at a place. */
  private void pool(float[] tokens, int begin, int length, double[] vector) {
    if (length == 0) {
      return; // Padding alone: there is nothing to pool.
    }
    int dimension = vector.length;
    double weights = 0;
    switch (program.pooling()) {
      case CLS -> add(tokens, begin, 1, vector);
      case LAST_TOKEN -> add(tokens, begin + (length - 1) * dimension, 1, vector);
      case MAX -> {
        Arrays.fill(vector, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < length * dimension; i++) {
          vector[i % dimension] = Math.max(vector[i % dimension], tokens[begin + i]);
        }
      }
      case MEAN, MEAN_SQRT_LEN, WEIGHTED_MEAN -> {
        boolean weighted = program.pooling() == PoolingMode.WEIGHTED_MEAN;
        for (int token = 0; token < length; token++) {
          double weight = weighted ? token + 1 : 1;
          add(tokens, begin + token * dimension, weight, vector);
          weights += weight;
        }
      }
    }
    if (weights > 0) {
      boolean root = program.pooling() == PoolingMode.MEAN_SQRT_LEN;
      double divisor = root ? Math.sqrt(weights) : weights;
      for (int i = 0; i < dimension; i++) {
        vector[i] /= divisor;
      }
    }
  }

  private static void add(float[] tokens, int begin, double weight, double[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * tokens[begin + i];
    }
  }

  private static void normalize(float[] vectors, int begin, int dimension) {
    double squares = 0;
    for (int i = begin; i < begin + dimension; i++) {
      squares += (double) vectors[i] * vectors[i];
    }
    double norm = Math.max(Math.sqrt(squares), SMALLEST_NORM);
    for (int i = begin; i < begin + dimension; i++) {
      vectors[i] = (float) (vectors[i] / norm);
    }
  }

  @Override
  public Batchifier getBatchifier() {
    return null; // A batch arrives as a batch.
  }
}
