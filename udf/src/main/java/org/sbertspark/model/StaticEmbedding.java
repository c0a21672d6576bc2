package org.sbertspark.model;

/**
 * sentence-transformers' StaticEmbedding: a table of token vectors and their mean, nothing else.
 * Texts are neither stripped nor framed by special tokens nor cut; a text without tokens has a zero
 * vector.
 *
 * @param tensor the table's name in the weights
 */
public record StaticEmbedding(String tensor, int vocabSize, int hiddenSize) implements EncoderSpec {

  /** The present name of the table, and that of model2vec. */
  private static final String[] NAMES = {"embedding.weight", "embeddings"};

  static StaticEmbedding read(Weights weights) {
    for (String name : NAMES) {
      if (weights.has(name)) {
        Tensor table = weights.get(name);
        if (table.shape().size() != 2 || table.elements() == 0) {
          throw new ModelException(
              "Tensor %s has shape %s, expected [tokens, dimension]"
                  .formatted(name, table.shape()));
        }
        return new StaticEmbedding(
            name, Math.toIntExact(table.shape().get(0)), Math.toIntExact(table.shape().get(1)));
      }
    }
    throw new ModelException(
        "The weights of StaticEmbedding have no tensor " + String.join(" and no ", NAMES));
  }

  @Override
  public String modelType() {
    return "static";
  }

  @Override
  public int padTokenId() {
    return 0;
  }

  @Override
  public int positionCapacity() {
    return Integer.MAX_VALUE;
  }

  @Override
  public boolean framesTexts() {
    return false;
  }
}
