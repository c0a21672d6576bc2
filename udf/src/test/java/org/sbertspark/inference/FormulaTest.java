package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.model.DType;
import org.sbertspark.model.DenseActivation;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

/** Compiled graphs against their definitions in float64, where no golden model has them. */
@ExtendWith(TestCache.class)
class FormulaTest {
  private static final int HIDDEN = 8;
  private static final List<String> TOKENS =
      List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b");

  /** {@code torch.nn}'s classes by their documentation. */
  private static final Map<String, DoubleUnaryOperator> DENSE =
      Map.ofEntries(
          Map.entry("Identity", x -> x),
          Map.entry("Tanh", Math::tanh),
          Map.entry("ReLU", x -> Math.max(x, 0)),
          Map.entry("ReLU6", x -> Math.min(Math.max(x, 0), 6)),
          Map.entry("LeakyReLU", x -> x >= 0 ? x : 0.01 * x),
          Map.entry("ELU", x -> x > 0 ? x : Math.expm1(x)),
          Map.entry(
              "SELU", x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
          Map.entry("CELU", x -> x > 0 ? x : Math.expm1(x)),
          Map.entry("GELU", FormulaTest::gelu),
          Map.entry("SiLU", x -> x * sigmoid(x)),
          Map.entry("Mish", x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
          Map.entry("Sigmoid", FormulaTest::sigmoid),
          Map.entry("LogSigmoid", x -> Math.log(sigmoid(x))),
          Map.entry("Hardsigmoid", x -> Math.min(Math.max(x + 3, 0), 6) / 6),
          Map.entry("Hardswish", x -> x * Math.min(Math.max(x + 3, 0), 6) / 6),
          Map.entry("Hardtanh", x -> Math.min(Math.max(x, -1), 1)),
          Map.entry("Softplus", x -> Math.log1p(Math.exp(x))),
          Map.entry("Softsign", x -> x / (1 + Math.abs(x))),
          Map.entry("Tanhshrink", x -> x - Math.tanh(x)));

  private static final Map<String, DoubleUnaryOperator> HIDDEN_ACT =
      Map.of(
          "gelu",
          FormulaTest::gelu,
          "relu",
          x -> Math.max(x, 0),
          "gelu_new",
          FormulaTest::geluTanh,
          "gelu_pytorch_tanh",
          FormulaTest::geluTanh,
          "silu",
          x -> x * sigmoid(x),
          "swish",
          x -> x * sigmoid(x));

  private final Random random = new Random(1);

  @TempDir private Path folder;

  @BeforeEach
  void writeVocabulary() throws IOException {
    Files.writeString(folder.resolve("vocab.txt"), String.join("\n", TOKENS) + "\n");
  }

  @Test
  void allDenseActivationsAreHere() {
    assertThat(DENSE).hasSize(DenseActivation.values().length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Identity",
        "Tanh",
        "ReLU",
        "ReLU6",
        "LeakyReLU",
        "ELU",
        "SELU",
        "CELU",
        "GELU",
        "SiLU",
        "Mish",
        "Sigmoid",
        "LogSigmoid",
        "Hardsigmoid",
        "Hardswish",
        "Hardtanh",
        "Softplus",
        "Softsign",
        "Tanhshrink"
      })
  void denseWithEveryActivation(String activation) throws IOException {
    assertDense(activation, true);
  }

  @Test
  void denseWithoutBias() throws IOException {
    assertDense("Tanh", false);
  }

  private void assertDense(String activation, boolean bias) throws IOException {
    float[] row = staticModel("Dense", "1_Dense");
    int outputs = 64;
    float[] weight = normal(outputs * HIDDEN, 2);
    float[] shift = normal(outputs, 2);
    Files.writeString(
        folder.resolve("1_Dense/config.json"),
        """
        {"in_features": 8, "out_features": 64, "bias": %s,
         "activation_function": "torch.nn.modules.activation.%s"}
        """
            .formatted(bias, activation));
    SafetensorsWriter writer =
        new SafetensorsWriter(DType.F32)
            .add("linear.weight", new long[] {outputs, HIDDEN}, () -> weight);
    if (bias) {
      writer.add("linear.bias", new long[] {outputs}, () -> shift);
    }
    writer.write(folder.resolve("1_Dense/model.safetensors"));
    double[] expected = new double[outputs];
    for (int o = 0; o < outputs; o++) {
      double x = bias ? shift[o] : 0;
      for (int i = 0; i < HIDDEN; i++) {
        x += (double) weight[o * HIDDEN + i] * row[i];
      }
      expected[o] = DENSE.get(activation).applyAsDouble(x);
    }
    assertVector(expected);
  }

  @Test
  void layerNorm() throws IOException {
    float[] row = staticModel("LayerNorm", "1_LayerNorm");
    float[] weight = normal(HIDDEN, 1);
    float[] bias = normal(HIDDEN, 1);
    Files.writeString(folder.resolve("1_LayerNorm/config.json"), "{\"dimension\": 8}");
    new SafetensorsWriter(DType.F32)
        .add("norm.weight", new long[] {HIDDEN}, () -> weight)
        .add("norm.bias", new long[] {HIDDEN}, () -> bias)
        .write(folder.resolve("1_LayerNorm/model.safetensors"));
    double[] x = new double[HIDDEN];
    for (int i = 0; i < HIDDEN; i++) {
      x[i] = row[i];
    }
    double[] expected = normed(x, 1e-5);
    for (int i = 0; i < HIDDEN; i++) {
      expected[i] = expected[i] * weight[i] + bias[i];
    }
    assertVector(expected);
  }

  /** A layer whose attention adds nothing, under pooling that weighs a token by its place. */
  @ParameterizedTest
  @ValueSource(strings = {"gelu", "relu", "gelu_new", "gelu_pytorch_tanh", "silu", "swish"})
  void everyHiddenActivationAndTheWeightedMean(String activation) throws IOException {
    int vocabulary = TOKENS.size();
    float[] words = normal(vocabulary * HIDDEN, 1);
    float[] wide = normal(HIDDEN * HIDDEN, 1);
    float[] narrow = normal(HIDDEN * HIDDEN, 1);
    String layer = "encoder.layer.0.";
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (String name : List.of("query", "key", "value")) {
      tensors.put(layer + "attention.self." + name + ".weight", new float[HIDDEN * HIDDEN]);
      tensors.put(layer + "attention.self." + name + ".bias", new float[HIDDEN]);
    }
    tensors.put(layer + "attention.output.dense.weight", new float[HIDDEN * HIDDEN]);
    tensors.put(layer + "attention.output.dense.bias", new float[HIDDEN]);
    tensors.put(layer + "intermediate.dense.weight", wide);
    tensors.put(layer + "intermediate.dense.bias", new float[HIDDEN]);
    tensors.put(layer + "output.dense.weight", narrow);
    tensors.put(layer + "output.dense.bias", new float[HIDDEN]);
    for (String norm : List.of("embeddings", layer + "attention.output", layer + "output")) {
      float[] ones = new float[HIDDEN];
      Arrays.fill(ones, 1);
      tensors.put(norm + ".LayerNorm.weight", ones);
      tensors.put(norm + ".LayerNorm.bias", new float[HIDDEN]);
    }
    tensors.put("embeddings.word_embeddings.weight", words);
    tensors.put("embeddings.position_embeddings.weight", new float[16 * HIDDEN]);
    tensors.put("embeddings.token_type_embeddings.weight", new float[2 * HIDDEN]);
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    tensors.forEach(
        (name, values) ->
            writer.add(
                name,
                name.endsWith("bias") || name.endsWith("LayerNorm.weight")
                    ? new long[] {HIDDEN}
                    : new long[] {values.length / HIDDEN, HIDDEN},
                () -> values));
    writer.write(folder.resolve("model.safetensors"));
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
         "intermediate_size": 8, "hidden_act": "%s", "vocab_size": %d,
         "max_position_embeddings": 16, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
         "pad_token_id": 0}
        """
            .formatted(activation, vocabulary));
    modules("Transformer", "Pooling", "1_Pooling");
    Files.writeString(
        folder.resolve("1_Pooling/config.json"),
        "{\"word_embedding_dimension\": 8, \"pooling_mode\": \"weightedmean\"}");

    double[] expected = new double[HIDDEN];
    int[] ids = {2, 5, 3};
    for (int place = 0; place < ids.length; place++) {
      double[] word = new double[HIDDEN];
      for (int i = 0; i < HIDDEN; i++) {
        word[i] = words[ids[place] * HIDDEN + i];
      }
      double[] h = normed(normed(word, 1e-12), 1e-12);
      double[] inner = times(wide, h);
      for (int i = 0; i < HIDDEN; i++) {
        inner[i] = HIDDEN_ACT.get(activation).applyAsDouble(inner[i]);
      }
      double[] outer = times(narrow, inner);
      for (int i = 0; i < HIDDEN; i++) {
        outer[i] += h[i];
      }
      double[] token = normed(outer, 1e-12);
      for (int i = 0; i < HIDDEN; i++) {
        expected[i] += token[i] * (place + 1) / 6;
      }
    }
    assertVector(expected);
  }

  /**
   * A static model with one more module.
   *
   * @return the row of the token {@code a}
   */
  private float[] staticModel(String module, String path) throws IOException {
    float[] table = normal(TOKENS.size() * HIDDEN, 1);
    new SafetensorsWriter(DType.F32)
        .add("embedding.weight", new long[] {TOKENS.size(), HIDDEN}, () -> table)
        .write(folder.resolve("model.safetensors"));
    modules("StaticEmbedding", module, path);
    return Arrays.copyOfRange(table, 5 * HIDDEN, 6 * HIDDEN);
  }

  private void modules(String encoder, String module, String path) throws IOException {
    Files.createDirectories(folder.resolve(path));
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.%s"},
         {"idx": 1, "name": "1", "path": "%s", "type": "sentence_transformers.models.%s"}]
        """
            .formatted(encoder, path, module));
  }

  /** The vector of the text {@code a}, by all programs in float32. */
  private void assertVector(double[] expected) throws IOException {
    ModelBundle bundle = ModelBundle.of(folder);
    for (Target target : List.of(Target.PLAIN, Target.FUSED, Target.PACKED)) {
      Path archive = folder.resolve(target.id() + ".pt");
      bundle.writeArchive(target, archive);
      try (LoadedModel model = LoadedModel.load(archive, bundle.tokenizerJson(), bundle.spec());
          SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
        float[] actual = encoder.encode(List.of("a", "a b b")).vectors()[0];
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) actual[i])
              .as("%s, component %d", target, i)
              .isCloseTo(expected[i], within(1e-5 * Math.max(1, Math.abs(expected[i]))));
        }
      }
    }
  }

  private float[] normal(int length, double scale) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  private static double[] times(float[] matrix, double[] x) {
    double[] product = new double[matrix.length / x.length];
    for (int row = 0; row < product.length; row++) {
      for (int i = 0; i < x.length; i++) {
        product[row] += matrix[row * x.length + i] * x[i];
      }
    }
    return product;
  }

  private static double[] normed(double[] x, double eps) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] normed = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      normed[i] = (x[i] - mean) / Math.sqrt(variance + eps);
    }
    return normed;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double gelu(double x) {
    return x / 2 * (1 + Erf.erf(x / Math.sqrt(2)));
  }

  private static double geluTanh(double x) {
    return x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }
}
