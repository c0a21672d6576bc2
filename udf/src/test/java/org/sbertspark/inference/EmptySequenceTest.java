package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/** A tokenizer that adds no special tokens makes no token of an empty text. */
@ExtendWith(TestCache.class)
class EmptySequenceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"roberta-four-poolings-bf16", "bert-cls-lowercase-bin"})
  void hasAVectorAndHarmsNoOther(String name) throws IOException {
    Path model = Folders.copy(Golden.read(name).folder(), folder.resolve("model"));
    ObjectNode tokenizer = (ObjectNode) JSON.readTree(ModelFolder.open(model).tokenizerJson());
    tokenizer.putNull("post_processor");
    Files.write(model.resolve("tokenizer.json"), JSON.writeValueAsBytes(tokenizer));
    Path bundle = ModelBundle.of(model).file();
    try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
      float[] alone = encoder.encode(List.of("one text")).vectors()[0];
      EncodedTexts three = encoder.encode(List.of("", "one text", "a"));
      assertThat(three.vectors()[0]).isEqualTo(encoder.encode(List.of("")).vectors()[0]);
      assertThat(three.vectors()[1]).usingComparatorWithPrecision(1e-6f).containsExactly(alone);
    }
  }
}
