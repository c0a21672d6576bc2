package org.sbertspark.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/** Models that are none, or damaged: one line says what is wrong with which, nothing is written. */
@ExtendWith(TestCache.class)
class EmbedModelFaultsTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void copyModel() throws IOException {
    model = Folders.copy(Path.of(CommandRun.MODEL), folder.resolve("model"));
  }

  @Test
  void aFolderThatIsMissing() throws IOException {
    model = folder.resolve("no-such-model");
    assertThat(fault()).contains(model.toString(), "there is no such folder or file");
  }

  @Test
  void aFolderWithoutConfig() throws IOException {
    Files.delete(model.resolve("config.json"));
    assertThat(fault()).contains(model.toString(), "config.json");
  }

  @Test
  void anUnknownModelType() throws IOException {
    replace("config.json", "\"model_type\": \"roberta\"", "\"model_type\": \"llama\"");
    assertThat(fault()).contains("llama", "roberta");
  }

  @Test
  void weightsThatEndTooSoon() throws IOException {
    byte[] whole = Files.readAllBytes(weights());
    Files.write(weights(), Arrays.copyOf(whole, whole.length / 2));
    assertThat(fault()).contains("model.safetensors");
  }

  @Test
  void weightsThatEndInTheirHeader() throws IOException {
    Files.write(weights(), Arrays.copyOf(Files.readAllBytes(weights()), 5));
    assertThat(fault()).contains("model.safetensors");
  }

  @Test
  void aHeaderLongerThanItsFile() throws IOException {
    byte[] bytes = Files.readAllBytes(weights());
    bytes[5] = 1;
    Files.write(weights(), bytes);
    assertThat(fault()).contains("model.safetensors");
  }

  @Test
  void aHeaderThatIsNoJson() throws IOException {
    replace("model.safetensors", "{\"__metadata__\"", "[\"__metadata__\"");
    assertThat(fault()).contains("model.safetensors");
  }

  @Test
  void aTensorThatLiesOutsideOfTheFile() throws IOException {
    replace("model.safetensors", "[7129952,8309600]", "[9129952,9309600]");
    assertThat(fault()).contains("model.safetensors");
  }

  @Test
  void aTensorWhoseBytesDoNotFitItsShape() throws IOException {
    replace("model.safetensors", "\"shape\":[1161,768]", "\"shape\":[1162,768]");
    assertThat(fault()).contains("model.safetensors", "word_embeddings");
  }

  @Test
  void aMissingTensor() throws IOException {
    replace("model.safetensors", "layer.0.output.dense.weight", "layer.0.output.dense.weighs");
    assertThat(fault()).contains("layer.0.output.dense.weight");
  }

  @Test
  void aTensorOfAnotherShape() throws IOException {
    replace("model.safetensors", "\"shape\":[128,768]", "\"shape\":[768,128]");
    assertThat(fault()).contains("intermediate.dense.weight", "[768, 128]", "[128, 768]");
  }

  private Path weights() {
    return model.resolve("model.safetensors");
  }

  private void replace(String file, String old, String replacement) throws IOException {
    Path path = model.resolve(file);
    String before = Files.readString(path, ISO_8859_1);
    String after = before.replace(old, replacement);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(path, after, ISO_8859_1);
  }

  private String fault() throws IOException {
    Path input = Files.writeString(folder.resolve("in.txt"), "a text\n");
    Path output = folder.resolve("out");
    String line = CommandRun.embedWith(model.toString(), input, output).failsInOneLine();
    assertThat(output).doesNotExist();
    return line;
  }
}
