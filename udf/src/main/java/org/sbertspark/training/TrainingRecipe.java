package org.sbertspark.training;

import java.io.Serializable;

/**
 * How to train. {@link #CARD} has the values of the model card that this project implements; what
 * the card does not say (batch size, gradient caching) is chosen for a machine with few cores.
 *
 * @param learningRate of AdamW, above 0
 * @param schedule of the learning rate
 * @param warmupSteps over which the learning rate rises from 0
 * @param weightDecay of AdamW, applied after the step as {@code -lr * decay * p}; none for biases
 *     and layer norms
 * @param maxGradNorm to which the gradient is scaled down, over all parameters; 0: never
 * @param scale that similarities are multiplied by before the cross entropy
 * @param similarity of two texts
 * @param symmetric whether the loss is the mean of both directions (anchor to positive, positive to
 *     anchor) instead of the first alone
 * @param batchSize examples that are compared with each other in the loss, at least 2
 * @param accumulationSteps batches whose gradients are averaged for one step of the optimiser
 * @param gradientCaching whether the texts of a batch are encoded in chunks of {@code tokenBudget}
 *     tokens twice, so that memory is needed for one chunk only; the result is the same
 * @param tokenBudget tokens of one forward pass
 * @param swap whether the two texts of an example without negatives change places with probability
 *     one half
 * @param epochs passes of {@code stepsPerEpoch} steps
 * @param stepsPerEpoch steps of the optimiser; 0: as many as the data has batches, rounded up
 * @param maxSeqLength tokens a text may have, special tokens included; 0: as the model says
 * @param seed of everything random: equal seeds, data and options give equal models on one machine
 */
public record TrainingRecipe(
    double learningRate,
    Schedule schedule,
    int warmupSteps,
    double weightDecay,
    double maxGradNorm,
    double scale,
    Similarity similarity,
    boolean symmetric,
    int batchSize,
    int accumulationSteps,
    boolean gradientCaching,
    int tokenBudget,
    boolean swap,
    int epochs,
    int stepsPerEpoch,
    int maxSeqLength,
    long seed)
    implements Serializable {

  /** The learning rate over the steps. */
  public enum Schedule {
    /** The same at all steps. */
    CONSTANT,
    /** Rises linearly over the warm-up, and stays. */
    WARMUPCONSTANT,
    /** Rises linearly over the warm-up, then falls linearly to 0 at the last step. */
    WARMUPLINEAR
  }

  /** What the loss compares texts by. */
  public enum Similarity {
    /** The dot product: the cosine, where the model ends in Normalize. */
    DOT,
    COSINE
  }

  /** The model card's values. */
  public static final TrainingRecipe CARD =
      new TrainingRecipe(
          2e-5,
          Schedule.WARMUPCONSTANT,
          500,
          0.01,
          1,
          20,
          Similarity.DOT,
          false,
          64,
          1,
          false,
          2048,
          true,
          1,
          0,
          0,
          42);

  public TrainingRecipe {
    require(learningRate > 0 && Double.isFinite(learningRate), "lr", learningRate, "above 0");
    require(warmupSteps >= 0, "warmup", warmupSteps, "0 or more");
    require(
        weightDecay >= 0 && weightDecay < 1, "weight decay", weightDecay, "at least 0, below 1");
    require(maxGradNorm >= 0, "max gradient norm", maxGradNorm, "0 (never clipped) or more");
    require(scale > 0 && Double.isFinite(scale), "scale", scale, "above 0");
    require(
        batchSize >= 2,
        "batch size",
        batchSize,
        "at least 2: the other examples of a batch are the negatives");
    require(accumulationSteps >= 1, "accumulation", accumulationSteps, "at least 1");
    require(tokenBudget >= 1, "token budget", tokenBudget, "at least 1");
    require(epochs >= 1, "epochs", epochs, "at least 1");
    require(stepsPerEpoch >= 0, "steps per epoch", stepsPerEpoch, "0 (all data) or more");
    require(maxSeqLength >= 0, "max seq length", maxSeqLength, "0 (the model's own) or more");
  }

  private static void require(boolean ok, String name, Number value, String expected) {
    if (!ok) {
      throw new IllegalArgumentException("%s is %s, expected %s".formatted(name, value, expected));
    }
  }

  /** These values, to change some of them. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Changes values one by one, beginning with those of a recipe. Not thread-safe. */
  public static final class Builder {
    private double learningRate;
    private Schedule schedule;
    private int warmupSteps;
    private double weightDecay;
    private double maxGradNorm;
    private double scale;
    private Similarity similarity;
    private boolean symmetric;
    private int batchSize;
    private int accumulationSteps;
    private boolean gradientCaching;
    private int tokenBudget;
    private boolean swap;
    private int epochs;
    private int stepsPerEpoch;
    private int maxSeqLength;
    private long seed;

    private Builder(TrainingRecipe recipe) {
      learningRate = recipe.learningRate;
      schedule = recipe.schedule;
      warmupSteps = recipe.warmupSteps;
      weightDecay = recipe.weightDecay;
      maxGradNorm = recipe.maxGradNorm;
      scale = recipe.scale;
      similarity = recipe.similarity;
      symmetric = recipe.symmetric;
      batchSize = recipe.batchSize;
      accumulationSteps = recipe.accumulationSteps;
      gradientCaching = recipe.gradientCaching;
      tokenBudget = recipe.tokenBudget;
      swap = recipe.swap;
      epochs = recipe.epochs;
      stepsPerEpoch = recipe.stepsPerEpoch;
      maxSeqLength = recipe.maxSeqLength;
      seed = recipe.seed;
    }

    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    public Builder schedule(Schedule value) {
      schedule = value;
      return this;
    }

    public Builder warmupSteps(int value) {
      warmupSteps = value;
      return this;
    }

    public Builder weightDecay(double value) {
      weightDecay = value;
      return this;
    }

    public Builder maxGradNorm(double value) {
      maxGradNorm = value;
      return this;
    }

    public Builder scale(double value) {
      scale = value;
      return this;
    }

    public Builder similarity(Similarity value) {
      similarity = value;
      return this;
    }

    public Builder symmetric(boolean value) {
      symmetric = value;
      return this;
    }

    public Builder batchSize(int value) {
      batchSize = value;
      return this;
    }

    public Builder accumulationSteps(int value) {
      accumulationSteps = value;
      return this;
    }

    public Builder gradientCaching(boolean value) {
      gradientCaching = value;
      return this;
    }

    public Builder tokenBudget(int value) {
      tokenBudget = value;
      return this;
    }

    public Builder swap(boolean value) {
      swap = value;
      return this;
    }

    public Builder epochs(int value) {
      epochs = value;
      return this;
    }

    public Builder stepsPerEpoch(int value) {
      stepsPerEpoch = value;
      return this;
    }

    public Builder maxSeqLength(int value) {
      maxSeqLength = value;
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * The recipe.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public TrainingRecipe build() {
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
          tokenBudget,
          swap,
          epochs,
          stepsPerEpoch,
          maxSeqLength,
          seed);
    }
  }
}
