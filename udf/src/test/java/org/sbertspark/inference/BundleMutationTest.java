package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.model.Mutations;
import org.sbertspark.model.ServingFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

/** Bundles and ready archives, damaged: refused in Java, before the engine reads a byte. */
@ExtendWith(TestCache.class)
class BundleMutationTest {
  @TempDir Path folder;

  @Test
  void bundles() throws IOException {
    Path golden = Golden.read("bert-plain-huggingface").folder();
    byte[] good = Files.readAllBytes(ModelBundle.of(golden).file());
    Path archive = folder.resolve("unpacked/model.pt");
    Files.createDirectories(archive.getParent());
    new Mutations()
        .read(
            good,
            folder.resolve("model.sbert"),
            file -> {
              ModelBundle bundle = ModelBundle.open(file);
              bundle.golden();
              bundle.tokenizerJson();
              try {
                bundle.writeArchive(Target.PLAIN, archive);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThat(folder.resolve("unpacked")).isDirectoryContaining(archive::equals);
  }

  @Test
  void servingProperties() throws IOException {
    Folders.copy(Golden.read("bert-plain-huggingface").folder(), folder);
    Files.write(folder.resolve("model.pt"), new byte[100]);
    Path properties = folder.resolve(ServingFolder.PROPERTIES);
    String good =
        """
        engine=PyTorch
        option.modelName=model
        option.pooling=mean
        option.normalize=true
        option.maxLength=128
        translatorFactory=ai.djl.huggingface.translator.TextEmbeddingTranslatorFactory
        """;
    new Mutations()
        .read(
            good.getBytes(StandardCharsets.UTF_8),
            properties,
            file -> ServingFolder.open(folder).fingerprint());
  }
}
