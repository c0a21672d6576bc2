package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.testing.TestCache;
import org.sbertspark.training.BytePairVocabulary;

/** The demo model through the real encoder. */
@ExtendWith(TestCache.class)
class DemoModelTest {
  private static final int TOPICS = 12;
  private static final int SEEDS = 5;

  @TempDir static Path folder;
  private static List<String> texts;
  private static EncodedTexts encoded;

  @BeforeAll
  static void makeModelAndEncodeTheCorpus() throws IOException {
    DemoModel.write(folder);
    texts = SampleCorpus.texts().stream().map(SampleText::text).toList();
    encoded = encode(texts);
  }

  private static EncodedTexts encode(List<String> texts) {
    Path bundle = ModelBundle.of(folder).file();
    try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
      return encoder.encode(texts);
    }
  }

  @Test
  void everyRunWritesTheSameBytes(@TempDir Path again) throws IOException {
    DemoModel.write(again);
    List<Path> files = files(folder);
    assertThat(files(again)).isEqualTo(files);
    for (Path file : files) {
      assertThat(Files.mismatch(folder.resolve(file), again.resolve(file)))
          .as("%s", file)
          .isEqualTo(-1);
    }
  }

  @Test
  void folderIsCompleteAndSmall() throws IOException {
    assertThat(files(folder).stream().map(Path::toString))
        .containsExactlyInAnyOrder(
            "1_Pooling/config.json",
            "README.md",
            "config.json",
            "config_sentence_transformers.json",
            "merges.txt",
            "model.safetensors",
            "modules.json",
            "sentence_bert_config.json",
            "special_tokens_map.json",
            "tokenizer_config.json",
            "vocab.json");
    long bytes = 0;
    for (Path file : files(folder)) {
      bytes += Files.size(folder.resolve(file));
    }
    assertThat(bytes).isLessThan(15_000_000);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      return found.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  @Test
  void vectorsAreUnitVectorsOf768Dimensions() {
    assertThat(ModelBundle.of(folder).maxSeqLength()).isEqualTo(128);
    for (float[] vector : encoded.vectors()) {
      assertThat(vector).hasSize(768);
      assertThat(dot(vector, vector)).isCloseTo(1, within(1e-5));
    }
    assertThat(encoded.truncated()).containsOnly(false);
  }

  @Test
  void encoderGivesTheNormalisedSumOfTheTokensContent() {
    BytePairVocabulary vocabulary = DemoModel.vocabulary(DemoModel.trainingTexts());
    float[] words =
        SafetensorsFile.open(folder.resolve("model.safetensors"))
            .get("embeddings.word_embeddings.weight")
            .toFloats();
    for (int i = 0; i < texts.size(); i += 7) {
      int[] ids = vocabulary.encode(texts.get(i));
      assertThat(encoded.tokenCounts()[i]).as("tokens of text %d", i).isEqualTo(ids.length + 2);

      float[] sum = new float[RobertaTensors.HIDDEN];
      IntStream.concat(IntStream.of(BytePairVocabulary.BOS), Arrays.stream(ids))
          .forEach(
              id -> {
                for (int d = 0; d < RobertaTensors.CONTENT; d++) {
                  sum[d] += words[id * RobertaTensors.HIDDEN + d];
                }
              });
      float[] vector = encoded.vectors()[i];
      assertThat(dot(sum, vector) / Math.sqrt(dot(sum, sum))).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void clustersFollowTheTopics() {
    int[] truth = truth();
    assertThat(meanVMeasure(truth, IntStream.range(0, texts.size()).toArray()))
        .isGreaterThan(0.75)
        .isGreaterThan(TfIdfBaseline.vMeasure(texts, truth) + 0.3);
  }

  @Test
  void clustersFollowTheTopicsOfTextsThatTheModelNeverSaw() {
    List<SampleText> corpus = SampleCorpus.texts();
    int[] heldOut =
        IntStream.range(0, corpus.size()).filter(i -> corpus.get(i).heldOut()).toArray();
    assertThat(heldOut).hasSizeGreaterThan(100);
    assertThat(meanVMeasure(truth(), heldOut)).isGreaterThan(0.75);
  }

  /** All texts are clustered, some are judged; the mean over seeds, each with one start. */
  private static double meanVMeasure(int[] truth, int[] judged) {
    return IntStream.range(0, SEEDS)
        .mapToObj(seed -> SphericalKMeans.cluster(encoded.vectors(), TOPICS, seed))
        .mapToDouble(
            clusters -> ClusteringMetrics.vMeasure(select(truth, judged), select(clusters, judged)))
        .average()
        .orElseThrow();
  }

  private static int[] select(int[] values, int[] at) {
    return Arrays.stream(at).map(i -> values[i]).toArray();
  }

  private static int[] truth() {
    List<String> topics = SampleCorpus.topics();
    List<String> names = topics.stream().distinct().toList();
    return topics.stream().mapToInt(names::indexOf).toArray();
  }

  @Test
  void textsThatSayNothingKnownStillHaveADirection() {
    for (float[] vector : encode(List.of("", " ", "\u4e2d\u6587")).vectors()) {
      assertThat(dot(vector, vector)).isCloseTo(1, within(1e-5));
    }
  }

  private static double dot(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(d -> (double) a[d] * b[d]).sum();
  }
}
