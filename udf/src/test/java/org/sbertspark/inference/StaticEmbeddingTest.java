package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.testing.TestCache;

/** By the definition: the mean of the tokens' rows, without special tokens. */
@ExtendWith(TestCache.class)
class StaticEmbeddingTest {
  private static final int DIMENSION = 8;

  @Test
  void givesTheMeanOfTheTokensRows(@TempDir Path folder) throws IOException {
    Path golden = Golden.read(Golden.ROBERTA).folder();
    Files.copy(golden.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]
        """);
    int vocabulary = 1161;
    float[] table = new float[vocabulary * DIMENSION];
    for (int i = 0; i < table.length; i++) {
      table[i] = (float) Math.sin(i);
    }
    new SafetensorsWriter(DType.F32)
        .add("embedding.weight", new long[] {vocabulary, DIMENSION}, () -> table)
        .write(folder.resolve("model.safetensors"));
    ModelBundle bundle = ModelBundle.of(folder);
    assertThat(bundle.modelType()).isEqualTo("static");
    try (TextTokenizer tokenizer = new TextTokenizer(bundle.tokenizerJson(), false, false);
        SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      String text = "several words of a text";
      long[] ids = tokenizer.ids(text);
      assertThat(ids).doesNotContain(0, 2).hasSizeGreaterThan(4);
      float[] expected = new float[DIMENSION];
      for (long id : ids) {
        for (int d = 0; d < DIMENSION; d++) {
          expected[d] += table[(int) id * DIMENSION + d] / ids.length;
        }
      }
      EncodedTexts encoded = encoder.encode(List.of(text, "", text + " " + text + " and more"));
      assertThat(encoded.vectors()[0]).containsExactly(expected, within(1e-6f));
      assertThat(encoded.vectors()[1]).containsOnly(0f);
      assertThat(encoded.tokenCounts()[1]).isZero();
    }
  }
}
