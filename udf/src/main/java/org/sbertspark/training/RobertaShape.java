package org.sbertspark.training;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sizes of a RoBERTa encoder.
 *
 * @param vocabSize rows of the word table
 * @param hidden length of a token's vector
 * @param heads of attention, which share the hidden size evenly
 * @param intermediate width of the feed-forward part
 * @param positions rows of the position table: the longest sequence, and the two that RoBERTa
 *     leaves unused
 */
public record RobertaShape(
    int vocabSize, int layers, int hidden, int heads, int intermediate, int positions) {

  static final String WORDS = "embeddings.word_embeddings.weight";
  static final String POSITIONS = "embeddings.position_embeddings.weight";
  static final String TOKEN_TYPES = "embeddings.token_type_embeddings.weight";

  /** An array must hold it, on the way to the file. */
  private static final long MAX_TENSOR_ELEMENTS = Integer.MAX_VALUE - 8;

  public RobertaShape {
    require(vocabSize, "vocabulary", 1);
    require(layers, "number of layers", 1);
    require(hidden, "hidden size", 1);
    require(heads, "number of heads", 1);
    require(intermediate, "intermediate size", 1);
    require(positions, "number of positions", 3);
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "The hidden size is %d, expected a multiple of the number of heads, %d"
              .formatted(hidden, heads));
    }
    long longest = Math.max(Math.max(vocabSize, positions), Math.max(hidden, intermediate));
    if (longest * hidden > MAX_TENSOR_ELEMENTS) {
      throw new IllegalArgumentException(
          "A tensor of the model would have %d values, expected at most %d: choose smaller sizes"
              .formatted(longest * hidden, MAX_TENSOR_ELEMENTS));
    }
  }

  private static void require(int value, String name, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "The %s is %d, expected at least %d".formatted(name, value, least));
    }
  }

  /** The norm that the states leave the encoder by. */
  String lastNorm() {
    return "encoder.layer.%d.output.LayerNorm".formatted(layers - 1);
  }

  /**
   * The shapes of all tensors but the pooler's, by the names of transformers' RobertaModel, in its
   * order.
   */
  public Map<String, long[]> tensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put(WORDS, shape(vocabSize, hidden));
    tensors.put(POSITIONS, shape(positions, hidden));
    tensors.put(TOKEN_TYPES, shape(1, hidden));
    addNorm(tensors, "embeddings.LayerNorm");
    for (int i = 0; i < layers; i++) {
      String layer = "encoder.layer." + i + ".";
      for (String part : new String[] {"self.query", "self.key", "self.value", "output.dense"}) {
        addLinear(tensors, layer + "attention." + part, hidden, hidden);
      }
      addNorm(tensors, layer + "attention.output.LayerNorm");
      addLinear(tensors, layer + "intermediate.dense", intermediate, hidden);
      addLinear(tensors, layer + "output.dense", hidden, intermediate);
      addNorm(tensors, layer + "output.LayerNorm");
    }
    return tensors;
  }

  private void addNorm(Map<String, long[]> tensors, String name) {
    tensors.put(name + ".weight", shape(hidden));
    tensors.put(name + ".bias", shape(hidden));
  }

  private static void addLinear(Map<String, long[]> tensors, String name, int outputs, int inputs) {
    tensors.put(name + ".weight", shape(outputs, inputs));
    tensors.put(name + ".bias", shape(outputs));
  }

  private static long[] shape(long... sizes) {
    return sizes;
  }
}
