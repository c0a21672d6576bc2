package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;

class ModelFolderTest {
  @TempDir Path temporary;

  @Test
  void lengthLimitOfTheTokenizerIsPartOfTheFingerprint() throws IOException {
    Path golden = Golden.read("bert-plain-huggingface").folder();
    Path copy = Folders.copy(golden, temporary.resolve(golden.getFileName()));
    Path config = copy.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"model_max_length\": 16}");
    ModelFolder shorter = ModelFolder.open(copy);
    String fingerprint = shorter.fingerprint();
    assertThat(shorter.maxSeqLength()).isEqualTo(16);

    Files.writeString(config, "{\"model_max_length\": 24}");
    assertThat(ModelFolder.open(copy).fingerprint()).isNotEqualTo(fingerprint);
  }
}
