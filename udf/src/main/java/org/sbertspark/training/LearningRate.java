package org.sbertspark.training;

/**
 * The learning rate of each step, as transformers' schedules have it: the first step has number 0.
 */
final class LearningRate {
  private LearningRate() {}

  /**
   * @param steps of the whole training
   */
  static double at(long step, TrainingRecipe recipe, long steps) {
    double share =
        switch (recipe.schedule()) {
          case CONSTANT -> 1;
          case WARMUPCONSTANT -> warmup(step, recipe.warmupSteps());
          case WARMUPLINEAR ->
              step < recipe.warmupSteps()
                  ? warmup(step, recipe.warmupSteps())
                  : Math.max(
                      0, (double) (steps - step) / Math.max(1, steps - recipe.warmupSteps()));
        };
    return recipe.learningRate() * share;
  }

  private static double warmup(long step, int warmupSteps) {
    return step < warmupSteps ? (double) step / warmupSteps : 1;
  }
}
