package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.model.DType;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.model.Tensor;
import org.sbertspark.model.Weights;
import org.sbertspark.training.TrainingRecipe.Schedule;
import org.sbertspark.training.TrainingRecipe.Similarity;

class TrainedFolderTest {
  private static final TrainedTensors NOTHING = (module, name) -> Optional.empty();

  private static final TrainingReport REPORT =
      new TrainingReport(
          "base-model",
          TrainingRecipe.CARD,
          List.of(new TrainingReport.DataSet("pairs | one.csv", 1234, 2, 3)),
          100,
          Map.of("Spearman correlation", 0.81234));

  @TempDir Path folder;

  private static Path golden(String name) {
    return Golden.read(name).folder();
  }

  private Path written(Path base, TrainedTensors trained) throws IOException {
    Path target = folder.resolve("trained");
    TrainedFolder.write(base, target, trained, REPORT);
    return target;
  }

  /** All values of all modules, under the names that transformers gives them. */
  private static Map<String, float[]> values(Path model) {
    Map<String, float[]> values = new TreeMap<>();
    ModelFolder opened = ModelFolder.open(model);
    opened
        .moduleWeights()
        .forEach(
            (module, weights) -> {
              for (String name : weights.names()) {
                Tensor tensor = weights.get(name);
                if (tensor.dtype().isFloat()) {
                  values.put(module + "/" + name, tensor.toFloats());
                }
              }
            });
    return values;
  }

  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void withoutTrainingAllValuesStayAsTheyAre(String name) throws IOException {
    Path base = golden(name);
    Path trained = written(base, NOTHING);
    Map<String, float[]> before = values(base);
    Map<String, float[]> after = values(trained);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.forEach((tensor, floats) -> assertThat(floats).as(tensor).isEqualTo(before.get(tensor)));

    ModelFolder one = ModelFolder.open(base);
    ModelFolder other = ModelFolder.open(trained);
    assertThat(other.encoder()).isEqualTo(one.encoder());
    assertThat(other.tokenizerJson()).isEqualTo(one.tokenizerJson());
    assertThat(other.maxSeqLength()).isEqualTo(one.maxSeqLength());
    assertThat(other.modules().stream().map(module -> module.type()))
        .isEqualTo(one.modules().stream().map(module -> module.type()).toList());
    assertThat(other.weights().format()).isEqualTo("safetensors");
  }

  /** The base is what Python wrote: its files, but the weights in one format and settings added. */
  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void pythonFindsTheBasesFilesTensorsAndSettings(String name) throws IOException {
    Path base = golden(name);
    Path trained = written(base, NOTHING);
    assertThat(files(trained)).containsAll(files(base));
    for (String file : files(base)) {
      if (file.endsWith(".json") && !file.equals("config.json")) {
        assertThat(trained.resolve(file)).hasSameBinaryContentAs(base.resolve(file));
      }
    }
    ObjectMapper json = new ObjectMapper();
    ObjectNode expected = (ObjectNode) json.readTree(base.resolve("config.json").toFile());
    if (expected.has("torch_dtype")) {
      expected.put("torch_dtype", "float32");
    }
    assertThat(json.readTree(trained.resolve("config.json").toFile())).isEqualTo(expected);
    for (JsonNode module : json.readTree(trained.resolve("modules.json").toFile())) {
      assertThat(trained.resolve(module.get("path").textValue()).resolve("config.json"))
          .as("%s", module)
          .satisfiesAnyOf(
              file -> assertThat(file).exists(),
              file -> assertThat(module.get("type").textValue()).endsWith("Normalize"));
    }

    Map<String, Weights> before = ModelFolder.open(base).moduleWeights();
    Map<String, Weights> after = ModelFolder.open(trained).moduleWeights();
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.forEach(
        (module, weights) -> {
          assertThat(header(trained.resolve(module).resolve("model.safetensors")))
              .contains("\"__metadata__\":{\"format\":\"pt\"}");
          for (String tensor : weights.names()) {
            assertThat(weights.get(tensor).shape())
                .as(tensor)
                .isEqualTo(before.get(module).get(tensor).shape());
          }
        });
  }

  /** Those that a model consists of, without the files of weights. */
  private static Set<String> files(Path model) throws IOException {
    try (Stream<Path> files = Files.walk(model)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> model.relativize(file).toString())
          .filter(file -> !file.matches("golden.*|.*pytorch_model[.]bin|.*model[.]safetensors"))
          .collect(Collectors.toSet());
    }
  }

  /** transformers refuses a file that does not name its format. */
  private static String header(Path safetensors) {
    try {
      ByteBuffer file =
          ByteBuffer.wrap(Files.readAllBytes(safetensors)).order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[(int) file.getLong()];
      file.get(header);
      return new String(header, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void trainedValuesTakeThePlaceOfTheBases() throws IOException {
    Path base = golden("distilbert-max-dense-tanh");
    Path trained =
        written(
            base,
            (module, name) ->
                module.equals("2_Dense") && name.equals("linear.bias")
                    ? Optional.of(filled(base, 2.5f))
                    : Optional.empty());
    Map<String, float[]> after = values(trained);
    assertThat(after.get("2_Dense/linear.bias")).containsOnly(2.5f);
    assertThat(after.get("2_Dense/linear.weight"))
        .isEqualTo(values(base).get("2_Dense/linear.weight"));
    assertThat(trained.resolve("2_Dense/pytorch_model.bin")).doesNotExist();
  }

  private static Tensor filled(Path base, float value) {
    Weights dense = ModelFolder.open(base).moduleWeights().get("2_Dense");
    List<Long> shape = dense.get("linear.bias").shape();
    ByteBuffer data =
        ByteBuffer.allocate((int) (shape.get(0) * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    while (data.hasRemaining()) {
      data.putFloat(value);
    }
    return new Tensor("linear.bias", DType.F32, shape, data.flip());
  }

  @Test
  void prefixesHeadsAndOldNamesOfLayerNormsAreLeftBehind() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    new NewModel(1, 8, 1, 8, 10, false).write(base, new BytePairTrainer().train(261), 1);
    SafetensorsFile plain = SafetensorsFile.open(base.resolve("model.safetensors"));
    SafetensorsWriter renamed = new SafetensorsWriter(DType.F32);
    for (String name : plain.names()) {
      Tensor tensor = plain.get(name);
      String old =
          name.replace("LayerNorm.weight", "LayerNorm.gamma")
              .replace("LayerNorm.bias", "LayerNorm.beta");
      renamed.addTensor("roberta." + old, tensor.shape(), () -> tensor);
    }
    renamed.add("lm_head.bias", new long[] {3}, () -> new float[3]);
    Path file = folder.resolve("renamed");
    renamed.write(file);
    Files.move(
        file, base.resolve("model.safetensors"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    Path trained = written(base, NOTHING);
    assertThat(SafetensorsFile.open(trained.resolve("model.safetensors")).names())
        .contains("pooler.dense.bias")
        .containsExactlyInAnyOrderElementsOf(plain.names());
  }

  @Test
  void filesThatTheTrainingMadeUntrueStayBehindAndOthersComeAlong() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    new NewModel(1, 8, 1, 8, 10, false).write(base, new BytePairTrainer().train(261), 1);
    Files.createDirectories(base.resolve("onnx"));
    Files.createDirectories(base.resolve(".git"));
    Files.createDirectories(base.resolve("notes"));
    Files.createDirectories(base.resolve("eval"));
    for (String name :
        List.of(
            "pytorch_model.bin",
            "onnx/config.json",
            ".git/config",
            "tf_model.h5",
            ".hidden",
            "eval/scores.json",
            "data_config.json",
            "train_script.py",
            "similarity_evaluation_sts-dev_results.csv",
            "similarity_evaluation_sts-dev.csv",
            "accuracy_evaluation_dev_results.csv")) {
      Files.writeString(base.resolve(name), "stale");
    }
    Files.writeString(base.resolve("LICENSE"), "free");
    Files.writeString(base.resolve("notes/a.txt"), "mine");
    Files.writeString(base.resolve("notes/table.csv"), "mine");
    Files.writeString(base.resolve("README.md"), "of the base");

    Path trained = written(base, NOTHING);
    try (Stream<Path> files = Files.walk(trained)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> trained.relativize(f).toString()))
          .containsExactlyInAnyOrder(
              "1_Pooling/config.json",
              "LICENSE",
              "README.md",
              "config.json",
              "config_sentence_transformers.json",
              "merges.txt",
              "model.safetensors",
              "modules.json",
              "notes/a.txt",
              "notes/table.csv",
              "sentence_bert_config.json",
              "special_tokens_map.json",
              "tokenizer_config.json",
              "vocab.json");
    }
    assertThat(trained.resolve("README.md")).content().doesNotContain("of the base");
  }

  @Test
  void plainHuggingFaceFolderBecomesOneOfSentenceTransformers() throws IOException {
    Path trained = written(golden("bert-plain-huggingface"), NOTHING);
    JsonNode modules = new ObjectMapper().readTree(trained.resolve("modules.json").toFile());
    assertThat(modules).hasSize(2);
    assertThat(modules.get(1).get("path").textValue()).isEqualTo("1_Pooling");
    assertThat(ModelFolder.open(trained).modules())
        .isEqualTo(ModelFolder.open(golden("bert-plain-huggingface")).modules());
  }

  /** Older versions of sentence-transformers open them unconditionally. */
  @Test
  void settingsOfSentenceTransformersAreThereWhateverTheBaseHas() throws IOException {
    Path base = golden("bert-plain-huggingface");
    assertThat(base.resolve("sentence_bert_config.json")).doesNotExist();
    Path trained = written(base, NOTHING);
    ModelFolder model = ModelFolder.open(base);
    JsonNode settings =
        new ObjectMapper().readTree(trained.resolve("sentence_bert_config.json").toFile());
    assertThat(settings.get("max_seq_length").intValue()).isEqualTo(model.maxSeqLength());
    assertThat(settings.get("do_lower_case").booleanValue()).isEqualTo(model.doLowerCase());
    assertThat(trained.resolve("config_sentence_transformers.json"))
        .content()
        .contains("\"prompts\": {}");
    assertThat(ModelFolder.open(trained).maxSeqLength()).isEqualTo(model.maxSeqLength());
  }

  @Test
  void halfPrecisionBaseBecomesFloat32AndSaysSo() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    new NewModel(1, 8, 1, 8, 10, false).write(base, new BytePairTrainer().train(261), 1);
    Path config = base.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("float32", "float16"));
    Path trained = written(base, NOTHING);
    assertThat(trained.resolve("config.json")).content().contains("\"float32\"");
  }

  @Test
  void lengthOfTheTrainingIsTheModels() throws IOException {
    TrainingRecipe recipe =
        new TrainingRecipe(
            2e-5,
            Schedule.CONSTANT,
            0,
            0.01,
            1,
            20,
            Similarity.DOT,
            false,
            2,
            1,
            false,
            100,
            true,
            1,
            0,
            33,
            1);
    Path target = folder.resolve("trained");
    TrainedFolder.write(
        golden("roberta-768-mean-normalize"),
        target,
        NOTHING,
        new TrainingReport("base", recipe, List.of(), 1, Map.of()));
    assertThat(ModelFolder.open(target).maxSeqLength()).isEqualTo(33);
  }

  @Test
  void cardSaysWhatTheModelIsAndHowItWasTrained() throws IOException {
    Path trained = written(golden("roberta-768-mean-normalize"), NOTHING);
    assertThat(trained.resolve("README.md"))
        .content()
        .startsWith("---\nlibrary_name: sentence-transformers\n")
        .contains(
            "base_model: \"base-model\"\n",
            "- dataset_size:1234\n",
            "| 1 | Pooling | modes: [mean] |\n",
            "| pairs \\| one.csv | 1,234 | 2 | 3 |\n",
            "| learning rate | 2.0E-5 |\n",
            "| batch size | 64 |\n",
            "| schedule | warmupconstant, 500 steps of warm-up |\n",
            "| Spearman correlation | 0.8123 |\n");
  }

  @Test
  void modelFromRandomWeightsHasNoBase() throws IOException {
    Path base = Files.createDirectory(folder.resolve(NewModel.NAME));
    new NewModel(1, 8, 1, 8, 10, false).write(base, new BytePairTrainer().train(261), 1);
    Path target = folder.resolve("trained");
    TrainedFolder.write(
        base,
        target,
        NOTHING,
        new TrainingReport(NewModel.NAME, TrainingRecipe.CARD, List.of(), 1, Map.of()));
    assertThat(target.resolve("README.md"))
        .content()
        .doesNotContain("base_model")
        .contains("trained from random weights");
  }

  @Test
  void outputThatExistsIsLeftAlone() throws IOException {
    Path target = Files.createDirectory(folder.resolve("mine"));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TrainedFolder.write(golden("mpnet-mean-normalize"), target, NOTHING, REPORT))
        .withMessage(
            "Cannot write the trained model to %s: it exists; choose another folder"
                .formatted(target));
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void valuesOfAnotherShapeLeaveNothingBehind() {
    TrainedTensors wrong = (module, name) -> Optional.of(Tensor.zeros(name, 3));
    assertThatThrownBy(() -> written(golden("mpnet-mean-normalize"), wrong))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot write tensor ")
        .hasMessageContaining("its values have the shape [3], expected [");
    assertThat(folder).isEmptyDirectory();
  }
}
