package org.sbertspark.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.TorchEngine;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a model on this machine: forward, backward, clip, step, schedule. For one thread.
 *
 * <p>All random numbers come from the seed and the numbers of step and pass, so a run that goes on
 * from a checkpoint goes on as if nothing had happened.
 */
public final class Trainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A backward pass has two products for one of the forward pass. */
  private static final int PRODUCTS = 3;

  /** Random numbers of dropout and of sampling come from different streams. */
  private static final long DROPOUT = 1;

  private final Plan plan;
  private final Listener listener;
  private final TrainableEncoder encoder;
  private final AdamW optimizer;
  private final BatchGradient gradient;
  private final ExampleSampler sampler;
  private final TrainingIdentity identity;
  private final long steps;
  private final Path best;
  private final Path metrics;

  private Double bestDev;
  private long bestStep;
  private int worseEvaluations;
  private Double startDev;
  private long checkpointStep = -1;

  /** Told of every step, on the thread that trains; what it throws ends the run. */
  public interface Listener {
    /**
     * A step was made.
     *
     * @param steps of the whole training
     */
    void onStep(StepMetrics step, long steps);
  }

  /**
   * What to train, on what, and when to look at it.
   *
   * @param threads of the forward and backward passes
   * @param weights of the data sets: how often a batch is one of theirs
   * @param dev how good the model is; empty: nobody asks, and the last weights are the result
   * @param evalSteps steps from one evaluation to the next; there is one at the start and one at
   *     the end as well
   * @param patience evaluations without a better one after which training stops; 0: never
   * @param checkpointSteps steps from one checkpoint to the next
   * @param work empty local folder
   */
  public record Plan(
      ModelFolder base,
      ComputeDevice device,
      int threads,
      TrainingRecipe recipe,
      List<ExampleFile> sets,
      List<Integer> weights,
      Optional<DevSet> dev,
      int evalSteps,
      int patience,
      Optional<CheckpointStore> checkpoints,
      int checkpointSteps,
      Path work) {}

  /**
   * Loads the model.
   *
   * @throws org.sbertspark.model.ModelException if the base cannot be trained
   * @throws IllegalArgumentException if the data is too small for the recipe
   */
  public Trainer(Plan plan, Listener listener) {
    this.plan = plan;
    this.listener = listener;
    TrainingRecipe recipe = plan.recipe();
    this.sampler =
        new ExampleSampler(
            plan.sets(), plan.weights(), recipe.batchSize(), recipe.swap(), recipe.seed());
    this.steps =
        (long) recipe.epochs()
            * (recipe.stepsPerEpoch() > 0
                ? recipe.stepsPerEpoch()
                : Math.max(
                    1,
                    (sampler.batchesPerPass() + recipe.accumulationSteps() - 1)
                        / recipe.accumulationSteps()));
    this.identity = identity(plan);
    this.best = plan.work().resolve("best.safetensors");
    this.metrics = plan.work().resolve(TrainingState.METRICS);
    this.encoder = TrainableEncoder.load(plan.base(), plan.device(), recipe.maxSeqLength());
    this.optimizer = new AdamW(encoder.parameters(), encoder.arrays(), recipe.weightDecay());
    this.gradient = new BatchGradient(encoder, recipe);
  }

  private static TrainingIdentity identity(Plan plan) {
    List<String> sets = new ArrayList<>();
    for (int i = 0; i < plan.sets().size(); i++) {
      ExampleFile set = plan.sets().get(i);
      sets.add(
          "%s (%d examples, content %016x, weight %d)"
              .formatted(set.name(), set.size(), set.contentHash(), plan.weights().get(i)));
    }
    String dev =
        plan.dev()
            .map(
                set ->
                    "%d pairs, content %016x, every %d steps, patience %d"
                        .formatted(
                            set.pairs().size(),
                            set.contentHash(),
                            plan.evalSteps(),
                            plan.patience()))
            .orElse("none");
    return new TrainingIdentity(plan.base().fingerprint(), plan.recipe().toString(), sets, dev);
  }

  /**
   * What a training was.
   *
   * @param steps made, those before a checkpoint included
   * @param stopped whether it stopped before the last step, because the dev set said so
   * @param loss of the last step
   * @param startDev Spearman correlation on the dev set before the first step; null if nobody asked
   * @param bestDev the highest one, that of the result
   * @param bestStep after which the result's weights were reached
   * @param tokens of this run's steps
   * @param seconds of this run's steps, without evaluations and checkpoints
   * @param gflops matrix products of forward and backward passes a second, in 10^9 floating-point
   *     operations
   * @param sgemmGflops what the machine's plain matrix product gave before and after
   */
  public record Summary(
      long steps,
      boolean stopped,
      double loss,
      Double startDev,
      Double bestDev,
      long bestStep,
      long tokens,
      double seconds,
      double gflops,
      double sgemmGflops)
      implements java.io.Serializable {}

  /**
   * Trains to the end, or until the dev set says that it has become no better; afterwards {@link
   * #weights} has the best weights, or the last ones where there is no dev set.
   *
   * @throws TrainingException if the loss or a weight is no finite number any more, or the
   *     checkpoint is of another training
   */
  public Summary run() throws IOException {
    TorchEngine.useThreads(plan.threads());
    long step = resume();
    if (step == 0 && plan.dev().isPresent()) {
      evaluated(0);
      startDev = bestDev;
    }
    double yardstick = Yardstick.gflops(encoder.arrays());
    double loss = Double.NaN;
    long tokens = 0;
    double seconds = 0;
    double flop = 0;
    boolean stopped = isOutOfPatience();
    try (Writer lines =
        Files.newBufferedWriter(metrics, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (step < steps && !stopped) {
        long start = System.nanoTime();
        BatchGradient.Result result = gradients(step);
        double norm = optimizer.gradientNorm();
        step++;
        if (!Double.isFinite(result.loss()) || !Double.isFinite(norm)) {
          throw diverged(
              "the loss of step %d is %s and the gradient's norm %s"
                  .formatted(step, result.loss(), norm));
        }
        double learningRate = LearningRate.at(step - 1, plan.recipe(), steps);
        optimizer.step(step, learningRate, norm, plan.recipe().maxGradNorm());
        double taken = (System.nanoTime() - start) / 1e9;
        StepMetrics made =
            new StepMetrics(step, result.loss(), learningRate, norm, result.tokens(), taken, null);
        if (plan.dev().isPresent() && (step % plan.evalSteps() == 0 || step == steps)) {
          made = made.withDev(evaluated(step));
          stopped = isOutOfPatience();
        }
        lines.write(JSON.writeValueAsString(made));
        lines.write('\n');
        loss = result.loss();
        tokens += result.tokens();
        seconds += taken;
        flop += PRODUCTS * result.flop();
        if (plan.checkpoints().isPresent()
            && (step % plan.checkpointSteps() == 0 || step == steps || stopped)) {
          lines.flush();
          save(step);
        }
        listener.onStep(made, steps);
      }
    }
    if (plan.dev().isPresent()) {
      TrainingState.readWeights(best, optimizer);
    } else {
      requireFinite(step);
    }
    return new Summary(
        step,
        stopped && step < steps,
        loss,
        startDev,
        bestDev,
        plan.dev().isPresent() ? bestStep : step,
        tokens,
        seconds,
        seconds == 0 ? 0 : flop / seconds / 1e9,
        (yardstick + Yardstick.gflops(encoder.arrays())) / 2);
  }

  /** The gradients of all batches of a step, averaged. */
  private BatchGradient.Result gradients(long step) {
    int batches = plan.recipe().accumulationSteps();
    double loss = 0;
    long tokens = 0;
    double flop = 0;
    for (int i = 0; i < batches; i++) {
      long seed = RandomStream.of(plan.recipe().seed(), DROPOUT, step * batches + i).nextLong();
      BatchGradient.Result result = gradient.add(sampler.next(), 1.0 / batches, seed);
      loss += result.loss() / batches;
      tokens += result.tokens();
      flop += result.flop();
    }
    return new BatchGradient.Result(loss, tokens, flop);
  }

  /** Before anything is kept: what a checkpoint or a result has is worth going on from. */
  private void requireFinite(long step) {
    if (!optimizer.isFinite()) {
      throw diverged("after step %d a weight is no finite number".formatted(step));
    }
  }

  private TrainingException diverged(String how) {
    String advice =
        plan.checkpoints().isEmpty()
            ? "begin again with a lower --lr"
            : "begin again with a lower --lr and another --checkpoint: %s"
                .formatted(
                    checkpointStep < 0
                        ? "there is none yet in " + plan.checkpoints().get()
                        : "the last good one, of step %d in %s, goes on with its own alone"
                            .formatted(checkpointStep, plan.checkpoints().get()));
    return new TrainingException("Training has diverged: %s; %s".formatted(how, advice));
  }

  /** Evaluates, and keeps the weights if they are the best ones so far. */
  private double evaluated(long step) throws IOException {
    requireFinite(step);
    DevSet dev = plan.dev().orElseThrow();
    double[] cosines = dev.cosines(encoder, plan.recipe().tokenBudget());
    if (Arrays.stream(cosines).anyMatch(Double::isNaN)) {
      if (step == 0) {
        throw new TrainingException(
            "Cannot train %s: its vectors of the dev set are no finite numbers; start from another"
                    .formatted(plan.base().name())
                + " model");
      }
      throw diverged("after step %d vectors of the dev set are no finite numbers".formatted(step));
    }
    double spearman = dev.spearman(cosines);
    // A model that gives all pairs the same cosine has no correlation at all.
    double score = Double.isNaN(spearman) ? 0 : spearman;
    if (bestDev == null || score > bestDev) {
      bestDev = score;
      bestStep = step;
      worseEvaluations = 0;
      TrainingState.writeWeights(best, optimizer);
    } else {
      worseEvaluations++;
    }
    return score;
  }

  private boolean isOutOfPatience() {
    return plan.patience() > 0 && worseEvaluations >= plan.patience();
  }

  private void save(long step) throws IOException {
    requireFinite(step);
    Path folder = Files.createTempDirectory(plan.work(), "checkpoint-");
    try {
      new TrainingState(
              identity, step, sampler.state(), startDev, bestDev, bestStep, worseEvaluations)
          .write(folder, optimizer, best, metrics);
      plan.checkpoints().orElseThrow().save(step, folder);
    } finally {
      LocalFolders.delete(folder);
    }
    checkpointStep = step;
  }

  /** Goes to the newest checkpoint that is whole; gives the number of steps that it has. */
  private long resume() throws IOException {
    if (plan.checkpoints().isEmpty()) {
      return 0;
    }
    CheckpointStore store = plan.checkpoints().get();
    List<String> damaged = new ArrayList<>();
    for (long step : store.steps()) {
      Path folder = plan.work().resolve("resumed");
      try {
        store.fetch(step, folder);
        TrainingState state = TrainingState.read(folder);
        identity.requireSame(state.identity(), store);
        goTo(state, folder);
        LOG.info("Training goes on after step {} of {}, from {}", state.step(), steps, store);
        return state.step();
      } catch (ModelException e) {
        LOG.warn("The checkpoint of step {} in {} is damaged: {}", step, store, e.getMessage());
        damaged.add("step %d: %s".formatted(step, e.getMessage()));
      } finally {
        LocalFolders.delete(folder);
      }
    }
    if (!damaged.isEmpty()) {
      throw new TrainingException(
          "Cannot go on from checkpoint %s: it is damaged (%s); delete it to begin anew"
              .formatted(store, String.join("; ", damaged)));
    }
    return 0;
  }

  private void goTo(TrainingState state, Path folder) throws IOException {
    TrainingState.restore(folder, optimizer, best, metrics);
    sampler.restore(state.sampler());
    startDev = state.startDev();
    bestDev = state.best();
    bestStep = state.bestStep();
    worseEvaluations = state.worseEvaluations();
    checkpointStep = state.step();
  }

  /** Steps of the whole training. */
  public long steps() {
    return steps;
  }

  /** A line for each step, from the first step of the training on. */
  public Path metrics() {
    return metrics;
  }

  /** The weights as they are now. */
  public TrainedTensors weights() {
    return new TrainedWeights(encoder, List.copyOf(plan.base().moduleWeights().keySet()));
  }

  @Override
  public void close() {
    optimizer.close();
    encoder.close();
  }
}
