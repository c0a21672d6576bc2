package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

/** Texts that lie one behind the other have nothing to do with each other. */
@ExtendWith(TestCache.class)
class UnpaddedBatchTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  /** The planner makes texts of one length neighbours; for speed alone. */
  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void textsStandInAnyOrder(String name) throws IOException {
    Golden golden = Golden.read(name);
    try (TrainableEncoder encoder =
        TrainableEncoder.load(ModelFolder.open(golden.folder()), ComputeDevice.CPU, 0)) {
      long[][] sequences =
          golden.texts().stream().map(encoder::tokenIds).limit(12).toArray(long[][]::new);
      // Long and short ones take turns.
      int[] places = IntStream.range(0, 12).map(i -> i * 5 % 12).toArray();
      for (int row = 0; row < places.length; row++) {
        float[] together = row(encoder, sequences, places, row);
        float[] alone = row(encoder, sequences, new int[] {places[row]}, 0);
        assertThat(Golden.difference(alone, together)).as("text %d", places[row]).isLessThan(1e-6);
      }
    }
  }

  private static float[] row(TrainableEncoder encoder, long[][] sequences, int[] places, int row) {
    try (NDManager scope = encoder.arrays().newSubManager()) {
      NDArray vectors = encoder.encode(scope, sequences, places, false);
      int dimension = encoder.dimension();
      return Arrays.copyOfRange(vectors.toFloatArray(), row * dimension, (row + 1) * dimension);
    }
  }

  /** RoBERTa's positions count all but padding tokens, each text's from its own beginning. */
  @Test
  void aTypedPaddingTokenMovesNoOtherText() throws IOException {
    ModelFolder model = ModelFolder.open(Golden.read(Golden.ROBERTA).folder());
    try (TrainableEncoder encoder = TrainableEncoder.load(model, ComputeDevice.CPU, 0)) {
      long pad = model.encoder().padTokenId();
      long[] plain = encoder.tokenIds("a few words of text");
      long[] padded = plain.clone();
      padded[2] = pad;
      long[][] sequences = {padded, plain, padded, plain};
      float[][] first = {
        row(encoder, sequences, new int[] {0}, 0), row(encoder, sequences, new int[] {1}, 0)
      };
      assertThat(Golden.difference(first[0], first[1])).isGreaterThan(1e-3);
      for (int row = 0; row < sequences.length; row++) {
        float[] together = row(encoder, sequences, new int[] {0, 1, 2, 3}, row);
        assertThat(Golden.difference(first[row % 2], together)).isLessThan(1e-6);
      }
    }
  }

  /** A tokenizer that adds no special tokens makes no token of an empty text. */
  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void aTextWithoutTokensHarmsNoOther(String name) throws IOException {
    assertEmptyTextHarmsNone(withoutSpecialTokens(name), Target.PLAIN, 1e-6);
  }

  @ParameterizedTest
  @EnumSource
  void aTextWithoutTokensPassesEveryProgram(Target target) throws IOException {
    for (String name : List.of("roberta-four-poolings-bf16", "bert-cls-lowercase-bin")) {
      // A batch has one scale for its 8-bit activations.
      assertEmptyTextHarmsNone(
          withoutSpecialTokens(name), target, target == Target.INT8 ? 0.2 : 1e-2);
    }
  }

  private ModelFolder withoutSpecialTokens(String name) throws IOException {
    Path model = Folders.copy(Golden.read(name).folder(), folder.resolve(name));
    ObjectNode tokenizer = (ObjectNode) JSON.readTree(ModelFolder.open(model).tokenizerJson());
    tokenizer.putNull("post_processor");
    Files.write(model.resolve("tokenizer.json"), JSON.writeValueAsBytes(tokenizer));
    return ModelFolder.open(model);
  }

  private void assertEmptyTextHarmsNone(ModelFolder model, Target target, double tolerance)
      throws IOException {
    ModelBundle bundle = ModelBundle.of(model.folder());
    Path archive = folder.resolve(target.id() + ".pt");
    bundle.writeArchive(target, archive);
    try (LoadedModel loaded = LoadedModel.load(archive, bundle.tokenizerJson(), bundle.spec());
        SentenceEncoder encoder = loaded.newEncoder(EncoderOptions.DEFAULT)) {
      float[] empty = encoder.encode(List.of("")).vectors()[0];
      float[] alone = encoder.encode(List.of("one text")).vectors()[0];
      EncodedTexts three = encoder.encode(List.of("", "one text", "a"));
      assertThat(three.tokenCounts()[0]).isZero();
      assertThat(three.stats().batches()).isEqualTo(1);
      for (int i = 0; i < empty.length; i++) {
        assertThat(empty[i]).isFinite();
        assertThat(three.vectors()[0][i]).isFinite();
      }
      assertThat(Golden.difference(alone, three.vectors()[1])).isLessThan(tolerance);
    }
  }
}
