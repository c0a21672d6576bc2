package org.sbertspark.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sbertspark.model.DType;

/**
 * A model that nobody has trained yet: RoBERTa with random weights, mean pooling, normalised.
 *
 * @param hidden length of a token's and of a text's vector
 * @param heads of attention, which share the hidden size evenly
 * @param intermediate width of the feed-forward part
 * @param maxSeqLength tokens that a text may have, special tokens included
 * @param lowerCase whether texts are put into lower case before they become tokens
 */
public record NewModel(
    int layers, int hidden, int heads, int intermediate, int maxSeqLength, boolean lowerCase) {

  /** What the model is called until it is trained: write it into a folder of this name. */
  public static final String NAME = "random-weights";

  /** Tokens that a text may have, where nothing else is asked for. */
  public static final int DEFAULT_MAX_SEQ_LENGTH = 128;

  /** Of attention heads, in RoBERTa and its relatives. */
  private static final int HEAD_SIZE = 64;

  /** Positions before the first token's: RoBERTa counts them from the padding token's id + 1. */
  private static final int UNUSED_POSITIONS = BytePairVocabulary.PAD + 1;

  private static final String CARD =
      """
      ---
      library_name: sentence-transformers
      pipeline_tag: sentence-similarity
      ---

      # A model with random weights

      The start of a training with sbert-spark. It has learned nothing but its vocabulary.
      """;

  public NewModel {
    if (maxSeqLength < 3) {
      throw new IllegalArgumentException(
          "The max seq length is %d, expected at least 3: two special tokens and one of the text"
              .formatted(maxSeqLength));
    }
    // Refuses the other sizes, before anything is learned.
    shape(BytePairVocabulary.MIN_SIZE, layers, hidden, heads, intermediate, maxSeqLength);
  }

  /** As many heads as suit the hidden size. */
  public static int defaultHeads(int hidden) {
    return Math.max(1, hidden / HEAD_SIZE);
  }

  /** The width of the feed-forward part that suits the hidden size. */
  public static int defaultIntermediate(int hidden) {
    return (int) Math.min(Integer.MAX_VALUE, 4L * hidden);
  }

  /**
   * Writes the model as a folder of sentence-transformers.
   *
   * @param folder is made if it does not exist; files of the same names are replaced
   * @param seed of the weights
   */
  public void write(Path folder, BytePairVocabulary vocabulary, long seed) throws IOException {
    RobertaShape shape =
        shape(vocabulary.size(), layers, hidden, heads, intermediate, maxSeqLength);
    Files.createDirectories(folder);
    vocabulary.write(folder);
    RandomWeights.of(shape, seed).write(folder.resolve("model.safetensors"));
    RobertaFolder.write(folder, shape, maxSeqLength, lowerCase, DType.F32, CARD);
  }

  private static RobertaShape shape(
      int vocabSize, int layers, int hidden, int heads, int intermediate, int maxSeqLength) {
    return new RobertaShape(
        vocabSize,
        layers,
        hidden,
        heads,
        intermediate,
        (int) Math.min(Integer.MAX_VALUE, (long) maxSeqLength + UNUSED_POSITIONS));
  }
}
