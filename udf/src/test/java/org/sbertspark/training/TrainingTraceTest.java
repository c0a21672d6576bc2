package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.TestCache;

/** Twelve steps of the model card's recipe, as PyTorch and sentence-transformers made them. */
@ExtendWith(TestCache.class)
class TrainingTraceTest {
  private static final Path TRACE = Path.of("src/test/resources/golden/training-trace");

  private final JsonNode trace = new ObjectMapper().readTree(TRACE.resolve("trace.json").toFile());

  TrainingTraceTest() throws IOException {}

  @ParameterizedTest(name = "gradient caching {0}, {1} tokens a pass")
  @CsvSource({"false, 10000", "false, 60", "true, 60"})
  void lossesAndEndVectorsAreTheReferences(boolean caching, int tokenBudget) throws IOException {
    TrainingRecipe recipe = recipe(caching, tokenBudget);
    try (TrainableEncoder encoder = load();
        AdamW optimizer = new AdamW(encoder.parameters(), encoder.arrays(), recipe.weightDecay())) {
      BatchGradient gradient = new BatchGradient(encoder, recipe);
      for (int step = 0; step < trace.get("steps").size(); step++) {
        JsonNode expected = trace.get("steps").get(step);
        double loss = gradient.add(batch(step), 1, step).loss();
        assertThat(loss)
            .as("loss of step %d", step)
            .isCloseTo(expected.get("loss").doubleValue(), Percentage.withPercentage(1e-3));
        double norm = optimizer.gradientNorm();
        assertThat(norm)
            .as("gradient of step %d", step)
            .isCloseTo(
                expected.get("grad_norm_before_clip").doubleValue(),
                Percentage.withPercentage(1e-2));
        double learningRate = LearningRate.at(step, recipe, 12);
        assertThat(learningRate)
            .isCloseTo(expected.get("learning_rate").doubleValue(), within(1e-12));
        optimizer.step(step + 1, learningRate, norm, recipe.maxGradNorm());
      }
      assertThat(largestDifferenceToTheEnd(encoder)).isLessThan(1e-4);
    }
  }

  @Test
  void weightsBeforeTrainingAreNotTheEnd() {
    try (TrainableEncoder encoder = load()) {
      assertThat(largestDifferenceToTheEnd(encoder)).isGreaterThan(1e-2);
    }
  }

  private static TrainableEncoder load() {
    TrainableEncoder encoder =
        TrainableEncoder.load(ModelFolder.open(TRACE.resolve("start")), ComputeDevice.CPU, 0);
    TorchEngine.useThreads(1);
    return encoder;
  }

  private TrainingRecipe recipe(boolean caching, int tokenBudget) {
    JsonNode recipe = trace.get("recipe");
    return new TrainingRecipe(
        recipe.get("learning_rate").doubleValue(),
        TrainingRecipe.Schedule.WARMUPCONSTANT,
        recipe.get("warmup_steps").intValue(),
        recipe.get("weight_decay").doubleValue(),
        recipe.get("max_grad_norm").doubleValue(),
        recipe.get("scale").doubleValue(),
        TrainingRecipe.Similarity.DOT,
        false,
        5,
        1,
        caching,
        tokenBudget,
        false,
        1,
        12,
        0,
        1);
  }

  private List<Example> batch(int step) {
    List<Example> batch = new ArrayList<>();
    for (JsonNode pair : trace.get("batches").get(step)) {
      batch.add(new Example(List.of(pair.get(0).textValue(), pair.get(1).textValue())));
    }
    return batch;
  }

  /** Of the vectors of the golden texts. */
  private static double largestDifferenceToTheEnd(TrainableEncoder encoder) {
    Golden end = Golden.read("training-trace/end");
    long[][] sequences = end.texts().stream().map(encoder::tokenIds).toArray(long[][]::new);
    double largest = 0;
    for (int i = 0; i < sequences.length; i++) {
      try (var scope = encoder.arrays().newSubManager()) {
        float[] vector = encoder.encode(scope, sequences, new int[] {i}, false).toFloatArray();
        largest = Math.max(largest, Golden.difference(end.vectors()[i], vector));
      }
    }
    return largest;
  }
}
