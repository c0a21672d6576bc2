package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class NewModelTest {
  private static final NewModel MODEL = new NewModel(2, 64, 4, 96, 20, false);

  @TempDir Path folder;
  private BytePairVocabulary vocabulary;

  @BeforeEach
  void learnVocabulary() {
    vocabulary =
        new BytePairTrainer()
            .add("the cat sat on the mat, and the dog sat there too")
            .add("the dog and the cat")
            .train(280);
  }

  @Test
  void isAFolderOfSentenceTransformers() throws IOException {
    MODEL.write(folder, vocabulary, 1);
    ModelFolder model = ModelFolder.open(folder);
    assertThat(model.encoder())
        .isInstanceOfSatisfying(
            EncoderConfig.class,
            config -> {
              assertThat(config.modelType()).isEqualTo("roberta");
              assertThat(config.layers()).isEqualTo(2);
              assertThat(config.vocabSize()).isEqualTo(vocabulary.size());
            });
    assertThat(model.maxSeqLength()).isEqualTo(20);
    assertThat(model.dimension()).isEqualTo(64);
    assertThat(model.modules().stream().map(module -> module.type()))
        .containsExactly("Pooling", "Normalize");
  }

  @Test
  void embedsTexts() throws IOException {
    MODEL.write(folder, vocabulary, 1);
    float[][] vectors = vectors("the cat", "a dog");
    for (float[] vector : vectors) {
      assertThat(IntStream.range(0, 64).mapToDouble(i -> vector[i] * vector[i]).sum())
          .isCloseTo(1, within(1e-5));
    }
    assertThat(vectors[0]).isNotEqualTo(vectors[1]);
  }

  /** Before anything is learned: a bag of tokens, whatever their order. */
  @Test
  void textsWithCommonTokensAreAlike() throws IOException {
    MODEL.write(folder, vocabulary, 1);
    float[][] vectors = vectors("the cat and the dog", "the dog and the cat", "on a mat");
    assertThat(cosine(vectors[0], vectors[1])).isGreaterThan(0.95);
    assertThat(cosine(vectors[0], vectors[2])).isLessThan(0.8);
  }

  private float[][] vectors(String... texts) {
    Path bundle = ModelBundle.of(folder).file();
    try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
      return encoder.encode(List.of(texts)).vectors();
    }
  }

  private static double cosine(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  @Test
  void textsAreInLowerCaseIfAsked() throws IOException {
    new NewModel(2, 64, 4, 96, 20, true).write(folder, vocabulary, 1);
    float[][] vectors = vectors("The CAT", "the cat");
    assertThat(vectors[0]).isEqualTo(vectors[1]);
  }

  @Test
  void weightsAreNormalAndNormsAndBiasesAreNeutral() throws IOException {
    MODEL.write(folder, vocabulary, 1);
    SafetensorsFile weights = SafetensorsFile.open(folder.resolve("model.safetensors"));
    float[] words = weights.get("embeddings.word_embeddings.weight").toFloats();
    double mean = IntStream.range(0, words.length).mapToDouble(i -> words[i]).average().orElse(1);
    double squares =
        IntStream.range(0, words.length).mapToDouble(i -> (double) words[i] * words[i]).sum();
    assertThat(mean).isCloseTo(0, within(1e-4));
    assertThat(Math.sqrt(squares / words.length)).isCloseTo(0.002, within(1e-4));
    assertThat(IntStream.range(64, 128).mapToObj(i -> words[i])).containsOnly(0f);
    float[] positions = weights.get("embeddings.position_embeddings.weight").toFloats();
    assertThat(IntStream.range(0, positions.length).mapToDouble(i -> Math.abs(positions[i])).max())
        .hasValueCloseTo(0.0008, within(0.0004));
    assertThat(weights.get("embeddings.token_type_embeddings.weight").toFloats()).containsOnly(0);
    assertThat(weights.get("encoder.layer.0.output.LayerNorm.weight").toFloats()).containsOnly(1);
    assertThat(weights.get("encoder.layer.1.output.LayerNorm.weight").toFloats())
        .startsWith(1)
        .endsWith(1 / 64f)
        .isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(weights.get("encoder.layer.1.output.LayerNorm.bias").toFloats()).containsOnly(0);
    assertThat(weights.get("encoder.layer.0.intermediate.dense.bias").toFloats()).containsOnly(0);
    assertThat(weights.get("encoder.layer.0.intermediate.dense.weight").toFloats())
        .isNotEqualTo(weights.get("encoder.layer.1.intermediate.dense.weight").toFloats());
  }

  @Test
  void transformersFindsThePoolerThatNobodyElseNeeds() throws IOException {
    MODEL.write(folder, vocabulary, 1);
    SafetensorsFile weights = SafetensorsFile.open(folder.resolve("model.safetensors"));
    assertThat(weights.get("pooler.dense.weight").requireShape(64, 64).toFloats())
        .doesNotContain(0f);
    assertThat(weights.get("pooler.dense.bias").requireShape(64).toFloats()).containsOnly(0f);
  }

  @Test
  void seedDecidesTheWeights(@TempDir Path same, @TempDir Path other) throws IOException {
    MODEL.write(folder, vocabulary, 1);
    MODEL.write(same, vocabulary, 1);
    MODEL.write(other, vocabulary, 2);
    String fingerprint = ModelFolder.open(folder).fingerprint();
    assertThat(ModelFolder.open(same).fingerprint()).isEqualTo(fingerprint);
    assertThat(ModelFolder.open(other).fingerprint()).isNotEqualTo(fingerprint);
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NewModel(2, 64, 5, 96, 20, false))
        .withMessage("The hidden size is 64, expected a multiple of the number of heads, 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NewModel(0, 64, 4, 96, 20, false))
        .withMessage("The number of layers is 0, expected at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NewModel(2, 64, 4, 96, 2, false))
        .withMessage(
            "The max seq length is 2, expected at least 3: two special tokens and one of the text");
  }

  @Test
  void sizesThatNoArrayHoldsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new NewModel(1, 1 << 17, 1, NewModel.defaultIntermediate(1 << 17), 20, false))
        .withMessage(
            "A tensor of the model would have 68719476736 values, expected at most 2147483639: choose"
                + " smaller sizes");
  }

  @Test
  void headsAndWidthFollowTheHiddenSize() {
    assertThat(NewModel.defaultHeads(768)).isEqualTo(12);
    assertThat(NewModel.defaultHeads(32)).isEqualTo(1);
    assertThat(NewModel.defaultIntermediate(768)).isEqualTo(3072);
  }
}
