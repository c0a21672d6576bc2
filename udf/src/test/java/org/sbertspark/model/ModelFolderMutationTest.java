package org.sbertspark.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;

/** Every JSON file of a model folder, damaged. */
class ModelFolderMutationTest {
  @TempDir Path folder;

  @BeforeEach
  void copyModel() throws IOException {
    Folders.copy(Golden.read("distilbert-max-dense-tanh").folder(), folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "modules.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "1_Pooling/config.json",
        "2_Dense/config.json"
      })
  void jsonOfAModelFolder(String name) throws IOException {
    Path file = folder.resolve(name);
    new Mutations()
        .read(Files.readAllBytes(file), file, damaged -> ModelFolder.open(folder).fingerprint());
  }
}
