package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** A copy of its rows would take two gigabytes. */
  @Test
  void aLongTextTakesLittleMemory(@TempDir Path folder) throws IOException {
    int dimension = 1024;
    Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n");
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]
        """);
    float[] table = new float[7 * dimension];
    Arrays.fill(table, 5 * dimension, 6 * dimension, 1);
    Arrays.fill(table, 6 * dimension, 7 * dimension, 3);
    new SafetensorsWriter(DType.F32)
        .add("embedding.weight", new long[] {7, dimension}, () -> table)
        .write(folder.resolve("model.safetensors"));
    ModelBundle bundle = ModelBundle.of(folder);
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      encoder.encode(List.of("a"));
      long before = peakKilobytes();
      EncodedTexts encoded = encoder.encode(List.of("a b ".repeat(1 << 18)));
      assertThat(encoded.tokenCounts()[0]).isEqualTo(1 << 19);
      float[] two = new float[dimension];
      Arrays.fill(two, 2);
      assertThat(encoded.vectors()[0]).containsExactly(two, within(1e-5f));
      assertThat(peakKilobytes() - before).isLessThan(1 << 20);
    }
  }

  /** The most that this process has held; 0 where the system does not tell. */
  private static long peakKilobytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
