package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.Tensor;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.ForeignPrograms;
import org.sbertspark.torchscript.ForeignPrograms.Foreign;

/**
 * Folders with a ready TorchScript archive and DJL's serving.properties. The programs look tokens
 * up in a table, so that what must come out can be computed from the golden token ids.
 */
@ExtendWith(TestCache.class)
class ServingFolderTest {
  private static final Golden GOLDEN = Golden.read("bert-cls-lowercase-bin");
  private static final Tensor TABLE =
      ModelFolder.open(GOLDEN.folder()).weights().get("embeddings.word_embeddings.weight");
  private static final int DIMENSION = TABLE.shape().get(1).intValue();
  private static final String HIDDEN = "hidden";

  @TempDir private Path folder;

  @BeforeEach
  void tokenizer() throws IOException {
    Files.write(
        folder.resolve("tokenizer.json"), ModelFolder.open(GOLDEN.folder()).tokenizerJson());
  }

  private void program(String arguments, String type, String output) throws IOException {
    Foreign foreign = ForeignPrograms.of(TABLE, arguments, type, output);
    try (TorchArchive out = new TorchArchive(folder.resolve("model.pt"))) {
      out.addProgram(
          foreign.program().code().getBytes(StandardCharsets.UTF_8), foreign.program().pickle());
      out.zip()
          .add(
              TorchArchive.DATA + "0",
              foreign.table().elements() * Float.BYTES,
              foreign.table()::writeTo);
    }
  }

  /** As the golden token ids were made, and these lines. */
  private void serving(String... lines) throws IOException {
    ModelFolder model = ModelFolder.open(GOLDEN.folder());
    List<String> all = new ArrayList<>();
    all.add("doLowerCase=" + model.doLowerCase());
    all.add("maxLength=" + model.maxSeqLength());
    all.addAll(List.of(lines));
    Files.write(folder.resolve("serving.properties"), all);
  }

  private float[][] encode(List<String> texts) {
    ModelBundle bundle = ModelBundle.of(folder);
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      assertThat(encoder.dimension()).isEqualTo(DIMENSION);
      return encoder.encode(texts).vectors();
    }
  }

  /** What each component must be, from that component of a text's token vectors. */
  private void assertVectors(boolean unit, ToDoubleFunction<double[]> pooling) {
    float[][] vectors = encode(GOLDEN.texts());
    float[] table = TABLE.toFloats();
    for (int text = 0; text < vectors.length; text++) {
      long[] ids = GOLDEN.inputIds().get(text);
      double[] expected = new double[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        int component = i;
        expected[i] =
            pooling.applyAsDouble(
                Arrays.stream(ids)
                    .mapToDouble(id -> table[(int) id * DIMENSION + component])
                    .toArray());
      }
      double norm = Math.sqrt(Arrays.stream(expected).map(x -> x * x).sum());
      float[] floats = new float[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        floats[i] = (float) (unit ? expected[i] / norm : expected[i]);
      }
      assertThat(Golden.difference(floats, vectors[text])).as("text %d", text).isLessThan(1e-5);
    }
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  @Test
  void withoutFurtherWordItIsTheMeanOfLengthOne() throws IOException {
    program("", "Tensor", HIDDEN);
    serving("engine=PyTorch", "option.mapLocation=true", "option.modelName=model");
    assertVectors(true, ServingFolderTest::mean);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cls", "max", "mean_sqrt_len", "weightedmean", "lasttoken", "mean_tokens"})
  void poolsAsAsked(String pooling) throws IOException {
    program("", "Tensor", HIDDEN);
    serving("pooling=" + pooling, "normalize=false");
    assertVectors(
        false,
        values ->
            switch (pooling) {
              case "cls" -> values[0];
              case "max" -> Arrays.stream(values).max().orElseThrow();
              case "mean_sqrt_len" -> mean(values) * Math.sqrt(values.length);
              case "weightedmean" -> weightedMean(values);
              case "lasttoken" -> values[values.length - 1];
              default -> mean(values);
            });
  }

  private static double weightedMean(double[] values) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += (i + 1) * values[i];
    }
    return sum / (values.length * (values.length + 1) / 2.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Tuple[Tensor, Tensor] | (hidden, torch.select(hidden, 1, 0))",
        "Dict[str, Tensor] | {\"pooler_output\": torch.select(hidden, 1, 0),"
            + " \"last_hidden_state\": hidden}"
      })
  void theTokensVectorsAreFoundAmongSeveralOutputs(String type, String output) throws IOException {
    program("", type, output);
    serving("normalize=false");
    assertVectors(false, ServingFolderTest::mean);
  }

  @Test
  void aSentenceVectorIsTakenAsItIs() throws IOException {
    // A sum under the mask: what is padded must not come in.
    program("", "Tensor", "torch.sum(torch.mul(hidden, mask), [1])");
    serving("normalize=false", "pooling=cls");
    assertVectors(false, values -> Arrays.stream(values).sum());
  }

  @Test
  void tokenTypesAreGivenWhereTheProgramTakesThem() throws IOException {
    program(
        ",\n      token_type_ids: Tensor",
        "Tensor",
        "torch.add(hidden, torch.unsqueeze(token_type_ids, -1))");
    serving("option.includeTokenTypes=true", "normalize=false");
    assertVectors(false, ServingFolderTest::mean);
  }

  @Test
  void theBundleSaysWhatItIs() throws IOException {
    program("", "Tensor", HIDDEN);
    serving("maxLength=40");
    ModelBundle bundle = ModelBundle.of(folder, "org/ready");
    assertThat(bundle.name()).isEqualTo("org/ready");
    assertThat(bundle.modelType()).isEqualTo("torchscript");
    assertThat(bundle.dimension()).isEqualTo(DIMENSION);
    assertThat(bundle.maxSeqLength()).isEqualTo(40);
    assertThat(bundle.parameters()).isEqualTo(TABLE.elements());
    assertThat(bundle.description().files())
        .extracting(file -> file.name())
        .containsExactly("model.pt", "serving.properties", "tokenizer.json");
    assertThat(ModelBundle.of(folder).fingerprint()).isEqualTo(bundle.fingerprint());

    serving("maxLength=40", "pooling=max");
    assertThat(ModelBundle.of(folder).fingerprint()).isNotEqualTo(bundle.fingerprint());

    assertThatThrownBy(() -> bundle.requirePrecision(Precision.INT8))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Cannot use model org/ready in int8: it came as a ready TorchScript");

    ModelBundle own = bundle.withGolden(List.of("mine"), folder.resolve("own.sbert"));
    assertThat(own.golden().texts()).containsExactly("mine");
  }

  @Test
  void whatIsNotDoneHereIsRefused() throws IOException {
    program("", "Tensor", HIDDEN);
    for (String line :
        new String[] {
          "engine=OnnxRuntime",
          "dense=2_Dense/model.safetensors",
          "layerNorm=norm.npz",
          "pooling=median",
          "normalize=perhaps",
          "maxLength=0",
          "translatorFactory=org.example.MyFactory"
        }) {
      serving(line);
      String key = line.substring(0, line.indexOf('='));
      assertThatThrownBy(() -> ModelBundle.of(folder))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("serving.properties: " + key + " is \"")
          .hasMessageContaining(", expected ");
    }
    serving();
    Files.copy(folder.resolve("model.pt"), folder.resolve("another.pt"));
    assertThatThrownBy(() -> ModelBundle.of(folder)).hasMessageContaining("2 .pt files");
  }

  @Test
  void whatIsNoProgramOrGivesNoVectorsIsRefusedInOneLine() throws IOException {
    serving();
    Files.writeString(folder.resolve("model.pt"), "no archive");
    assertThatThrownBy(() -> ModelBundle.of(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("model.pt: it is no TorchScript archive");

    program("", "Tensor", "torch.sum(hidden)");
    assertThatThrownBy(() -> ModelBundle.of(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected [texts, tokens, dimension] or [texts, dimension]");
  }
}
