package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

/** A model that pools first tokens alone computes no others in its last layer. */
@ExtendWith(TestCache.class)
class FirstTokenTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void isTheOneThatComesOfAllTokens(String name) throws IOException {
    Golden golden = Golden.read(name);
    ModelBundle first = pooling(golden, false);
    ModelBundle all = pooling(golden, true);
    for (Target target : List.of(Target.PLAIN, Target.FUSED, Target.PACKED)) {
      float[][] actual = vectors(first, target, golden.texts());
      float[][] expected = vectors(all, target, golden.texts());
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).hasSize(expected[i].length / 2);
        float[] cls = Arrays.copyOf(expected[i], actual[i].length);
        assertThat(Golden.difference(cls, actual[i])).as("%s, text %d", target, i).isLessThan(1e-5);
      }
    }
  }

  /** The encoder of a golden model, and nothing but pooling behind it. */
  private ModelBundle pooling(Golden golden, boolean mean) throws IOException {
    Path model = Folders.copy(golden.folder(), folder.resolve("mean-" + mean));
    Files.writeString(
        model.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """);
    Files.createDirectories(model.resolve("1_Pooling"));
    Files.writeString(
        model.resolve("1_Pooling/config.json"),
        """
        {"word_embedding_dimension": %d, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": %s}
        """
            .formatted(ModelFolder.open(golden.folder()).encoder().hiddenSize(), mean));
    return ModelBundle.of(model);
  }

  private float[][] vectors(ModelBundle bundle, Target target, List<String> texts)
      throws IOException {
    Path archive = folder.resolve(target.id() + ".pt");
    bundle.writeArchive(target, archive);
    try (LoadedModel model = LoadedModel.load(archive, bundle.tokenizerJson(), bundle.spec());
        SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
      return encoder.encode(texts).vectors();
    }
  }
}
