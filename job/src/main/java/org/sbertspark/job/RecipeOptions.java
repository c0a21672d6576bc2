package org.sbertspark.job;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.sbertspark.training.TrainingRecipe;
import org.sbertspark.training.TrainingRecipe.Schedule;
import org.sbertspark.training.TrainingRecipe.Similarity;
import picocli.CommandLine.Option;

/** How to train; the defaults are those of {@link TrainingRecipe#CARD}. */
final class RecipeOptions {
  @Option(
      names = "--lr",
      paramLabel = "RATE",
      defaultValue = "2.0E-5",
      description = "Learning rate of AdamW. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      defaultValue = "warmupconstant",
      description = {
        "Of the learning rate: constant; warmupconstant rises linearly over the warm-up and stays;"
            + " warmuplinear then falls linearly to 0.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Schedule schedule;

  @Option(
      names = "--warmup",
      paramLabel = "STEPS",
      defaultValue = "500",
      description = "Steps over which the learning rate rises from 0. Default: ${DEFAULT-VALUE}.")
  private int warmupSteps;

  @Option(
      names = "--weight-decay",
      paramLabel = "SHARE",
      defaultValue = "0.01",
      description = "Of AdamW, but for biases and layer norms. Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--max-grad-norm",
      paramLabel = "NORM",
      defaultValue = "1.0",
      description = "Length that a gradient is cut to; 0: never. Default: ${DEFAULT-VALUE}.")
  private double maxGradNorm;

  @Option(
      names = "--scale",
      paramLabel = "FACTOR",
      defaultValue = "20.0",
      description = "What similarities are multiplied by in the loss. Default: ${DEFAULT-VALUE}.")
  private double scale;

  @Option(
      names = "--similarity",
      paramLabel = "MEASURE",
      defaultValue = "dot",
      description =
          "dot, which is the cosine where the model ends in Normalize, or cosine."
              + " Default: ${DEFAULT-VALUE}.")
  private Similarity similarity;

  @Option(
      names = "--symmetric",
      description = "Find the anchor of each positive, too, not only the positive of each anchor.")
  private boolean symmetric;

  @Option(
      names = "--batch-size",
      paramLabel = "EXAMPLES",
      defaultValue = "64",
      description =
          "Examples of a batch: the positives of the others are an anchor's negatives, so larger is"
              + " better. Default: ${DEFAULT-VALUE}.")
  private int batchSize;

  @Option(
      names = "--accumulation",
      paramLabel = "BATCHES",
      defaultValue = "1",
      description = "Batches whose gradients make one step. Default: ${DEFAULT-VALUE}.")
  private int accumulationSteps;

  @Option(
      names = "--gradient-caching",
      description =
          "Encode each batch twice, in pieces of --token-budget, so that only a piece must fit into"
              + " memory; the result is the same.")
  private boolean gradientCaching;

  @Option(
      names = "--token-budget",
      paramLabel = "TOKENS",
      defaultValue = "0",
      description = "Tokens that one forward pass may have; 0: 2048. Default: ${DEFAULT-VALUE}.")
  private int tokenBudget;

  @Option(
      names = "--no-swap",
      description =
          "Let the two texts of an example without negatives never change places; they do with"
              + " probability one half.")
  private boolean noSwap;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Passes of --steps-per-epoch. Default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--steps-per-epoch",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Steps of a pass; 0: as many as it takes to see all data once. Default: ${DEFAULT-VALUE}.")
  private int stepsPerEpoch;

  @Option(
      names = "--max-seq-length",
      paramLabel = "TOKENS",
      defaultValue = "0",
      description =
          "Tokens that a text may have before it is cut, special tokens included, in training and in"
              + " the trained model; 0: as the model says, 128 for a new one."
              + " Default: ${DEFAULT-VALUE}.")
  private int maxSeqLength;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "42",
      description =
          "Of everything random: equal seeds, data and options give equal models on one kind of"
              + " machine. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /**
   * The recipe.
   *
   * @throws IllegalArgumentException if a value is impossible
   */
  TrainingRecipe recipe() {
    return new TrainingRecipe(
        learningRate,
        schedule,
        warmupSteps,
        weightDecay,
        maxGradNorm,
        scale,
        similarity,
        symmetric,
        batchSize,
        accumulationSteps,
        gradientCaching,
        tokenBudget == 0 ? TrainingRecipe.CARD.tokenBudget() : tokenBudget,
        !noSwap,
        epochs,
        stepsPerEpoch,
        maxSeqLength,
        seed);
  }

  /** The options that give a recipe, by the keys of the configuration file. */
  static Map<String, String> entries(TrainingRecipe recipe) {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("lr", Double.toString(recipe.learningRate()));
    entries.put("schedule", recipe.schedule().name().toLowerCase(Locale.ROOT));
    entries.put("warmup", Integer.toString(recipe.warmupSteps()));
    entries.put("weight-decay", Double.toString(recipe.weightDecay()));
    entries.put("max-grad-norm", Double.toString(recipe.maxGradNorm()));
    entries.put("scale", Double.toString(recipe.scale()));
    entries.put("similarity", recipe.similarity().name().toLowerCase(Locale.ROOT));
    entries.put("symmetric", Boolean.toString(recipe.symmetric()));
    entries.put("batch-size", Integer.toString(recipe.batchSize()));
    entries.put("accumulation", Integer.toString(recipe.accumulationSteps()));
    entries.put("gradient-caching", Boolean.toString(recipe.gradientCaching()));
    entries.put("token-budget", Integer.toString(recipe.tokenBudget()));
    entries.put("no-swap", Boolean.toString(!recipe.swap()));
    entries.put("epochs", Integer.toString(recipe.epochs()));
    entries.put("steps-per-epoch", Integer.toString(recipe.stepsPerEpoch()));
    entries.put("max-seq-length", Integer.toString(recipe.maxSeqLength()));
    entries.put("seed", Long.toString(recipe.seed()));
    return entries;
  }
}
