package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.Gradients;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.inference.TrainableEncoder.TrainedParameter;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/** Every family and kind of module learns: against differences of the loss itself. */
@ExtendWith(TestCache.class)
class FamilyGradientTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> DROPOUTS =
      List.of(
          "hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout");

  private static final TrainingRecipe RECIPE =
      TrainingRecipe.CARD.toBuilder()
          .similarity(TrainingRecipe.Similarity.COSINE)
          .tokenBudget(100)
          .build();

  private static final List<Example> BATCH =
      List.of(
          new Example(List.of("The invoice was wrong.", "The bill had a mistake.")),
          new Example(List.of("It rains.", "Water falls from the sky.")),
          new Example(List.of("She plays the violin.", "A woman makes music.")),
          new Example(List.of("The bank raised its rate.", "Loans became more expensive.")));

  /** Inside: attention of the first layer, and what only some models have. */
  private static final Set<String> INNER =
      Set.of(
          "encoder.layer_0.qkv.weight",
          "encoder.layer_1.kv.weight",
          "encoder.layer_1.query.weight",
          "encoder.relative_bias.weight",
          "encoder.projection.weight",
          "module_1.weight");

  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void gradientsAreDifferencesOfTheLossAndTheFolderHasWhatTheStepMade(String name)
      throws IOException {
    ModelFolder base = ModelFolder.open(withoutDropout(name));
    try (TrainableEncoder encoder = load(base);
        AdamW optimizer = new AdamW(encoder.parameters(), encoder.arrays(), 0.01)) {
      BatchGradient gradient = new BatchGradient(encoder, RECIPE);
      int compared = 0;
      for (TrainedParameter parameter : encoder.parameters()) {
        if (INNER.contains(parameter.path())) {
          assertGradientIsTheSlope(parameter, gradient, optimizer);
          compared++;
        }
      }
      assertThat(compared).isPositive();

      float[][] before = vectors(encoder);
      gradient.add(BATCH, 1, 1);
      optimizer.step(1, 1e-3, optimizer.gradientNorm(), 1);
      float[][] after = vectors(encoder);
      Path trained = folder.resolve("trained");
      TrainedFolder.write(
          base.folder(),
          trained,
          new TrainedWeights(encoder, List.copyOf(base.moduleWeights().keySet())),
          new TrainingReport(name, RECIPE, List.of(), 1, Map.of()));
      try (TrainableEncoder reopened = load(ModelFolder.open(trained))) {
        float[][] read = vectors(reopened);
        for (int i = 0; i < after.length; i++) {
          assertThat(Golden.difference(before[i], after[i])).isGreaterThan(1e-4);
          assertThat(Golden.difference(after[i], read[i])).isLessThan(1e-6);
        }
      }
    }
  }

  /** Along its gradient the loss rises by the gradient's norm. */
  private static void assertGradientIsTheSlope(
      TrainedParameter parameter, BatchGradient gradient, AdamW optimizer) {
    gradient.add(BATCH, 1, 1);
    NDArray values = parameter.values();
    try (NDArray slope = Gradients.of(values).duplicate();
        NDArray squares = slope.square();
        NDArray sum = squares.sum()) {
      double norm = Math.sqrt(sum.getFloat());
      assertThat(norm).as(parameter.path()).isGreaterThan(1e-6);
      // So far that the loss changes by a few thousandths: float32 has seven digits.
      double distance = 5e-3 / norm;
      double up = lossAfter(values, slope, distance / norm, gradient);
      double down = lossAfter(values, slope, -2 * distance / norm, gradient);
      lossAfter(values, slope, distance / norm, gradient);
      optimizer.states().forEach(state -> Gradients.forget(state.parameter().values()));
      assertThat((up - down) / (2 * distance))
          .as(parameter.path())
          .isCloseTo(norm, Percentage.withPercentage(1));
    }
  }

  private static double lossAfter(
      NDArray values, NDArray direction, double step, BatchGradient gradient) {
    Gradients.off(
        () -> {
          try (NDArray moved = direction.mul((float) step)) {
            return values.addi(moved);
          }
        });
    return gradient.add(BATCH, 1, 1).loss();
  }

  private Path withoutDropout(String name) throws IOException {
    Path copy = Folders.copy(Golden.read(name).folder(), folder.resolve("base"));
    Path config = copy.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    DROPOUTS.forEach(key -> json.put(key, 0.0));
    JSON.writeValue(config.toFile(), json);
    return copy;
  }

  private static TrainableEncoder load(ModelFolder model) {
    TrainableEncoder encoder = TrainableEncoder.load(model, ComputeDevice.CPU, 0);
    TorchEngine.useThreads(1);
    return encoder;
  }

  private static float[][] vectors(TrainableEncoder encoder) {
    List<long[]> texts = new ArrayList<>();
    for (Example example : BATCH) {
      texts.add(encoder.tokenIds(example.texts().get(0)));
    }
    long[][] sequences = texts.toArray(long[][]::new);
    float[][] vectors = new float[sequences.length][];
    for (int i = 0; i < vectors.length; i++) {
      int place = i;
      try (var scope = encoder.arrays().newSubManager()) {
        vectors[i] =
            Gradients.off(() -> encoder.encode(scope, sequences, new int[] {place}, false))
                .toFloatArray();
      }
    }
    return vectors;
  }
}
