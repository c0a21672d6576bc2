package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.training.TrainingRecipe.Schedule;

class LearningRateTest {

  @ParameterizedTest(name = "{0}, {1} steps of warm-up: step {2} of 100 has {3} of the rate")
  @CsvSource({
    "CONSTANT, 10, 0, 1",
    "CONSTANT, 10, 99, 1",
    "WARMUPCONSTANT, 10, 0, 0",
    "WARMUPCONSTANT, 10, 5, 0.5",
    "WARMUPCONSTANT, 10, 10, 1",
    "WARMUPCONSTANT, 10, 99, 1",
    "WARMUPCONSTANT, 0, 0, 1",
    "WARMUPCONSTANT, 0, 1, 1",
    "WARMUPLINEAR, 10, 0, 0",
    "WARMUPLINEAR, 10, 9, 0.9",
    "WARMUPLINEAR, 10, 10, 1",
    "WARMUPLINEAR, 10, 55, 0.5",
    "WARMUPLINEAR, 10, 100, 0",
    "WARMUPLINEAR, 200, 50, 0.25",
    "WARMUPLINEAR, 0, 0, 1",
  })
  void risesAndFallsAsTransformersSays(Schedule schedule, int warmup, long step, double share) {
    TrainingRecipe recipe =
        TrainingRecipe.CARD.toBuilder().schedule(schedule).warmupSteps(warmup).build();
    assertThat(LearningRate.at(step, recipe, 100))
        .isCloseTo(recipe.learningRate() * share, within(1e-15));
  }
}
