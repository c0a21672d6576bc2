package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.training.DevSet.ScoredTexts;
import org.sbertspark.training.Trainer.Summary;

@ExtendWith(TestCache.class)
class TrainerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<List<String>> PAIRS =
      List.of(
          List.of("The invoice was wrong.", "The bill had a mistake."),
          List.of("The bridge was closed.", "Nobody could cross the river."),
          List.of("She plays the violin.", "A woman makes music."),
          List.of("The visitors won.", "The away team scored more goals."),
          List.of("It rains.", "Water falls from the sky."),
          List.of("He sold the car.", "The vehicle has a new owner."),
          List.of("The bank raised its rate.", "Loans became more expensive."),
          List.of("The parcel is lost.", "The package never came."));
  private static final DevSet DEV =
      new DevSet(
          List.of(
              new ScoredTexts(5, "The invoice was wrong.", "The bill had a mistake."),
              new ScoredTexts(0, "The invoice was wrong.", "Nobody could cross the river."),
              new ScoredTexts(4.5, "It rains.", "Water falls from the sky."),
              new ScoredTexts(0.5, "It rains.", "The vehicle has a new owner."),
              new ScoredTexts(4, "The visitors won.", "The away team scored more goals."),
              new ScoredTexts(1, "The visitors won.", "The package never came.")));

  @TempDir private Path folder;
  private Path base;
  private int runs;

  @BeforeEach
  void baseWithDropout() throws IOException {
    base = Folders.copy(Golden.read("training-trace/start").folder(), folder.resolve("base"));
    Path config = base.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    json.put("hidden_dropout_prob", 0.1).put("attention_probs_dropout_prob", 0.1);
    JSON.writeValue(config.toFile(), json);
  }

  private static TrainingRecipe recipe(UnaryOperator<TrainingRecipe.Builder> changes) {
    return changes
        .apply(
            TrainingRecipe.CARD.toBuilder()
                .learningRate(1e-3)
                .warmupSteps(2)
                .batchSize(4)
                .stepsPerEpoch(6))
        .build();
  }

  /** What a run gave. */
  private record Run(Summary summary, List<JsonNode> steps, Path model) {
    List<Double> losses() {
      return steps.stream().map(step -> step.get("loss").doubleValue()).toList();
    }
  }

  private Run run(
      TrainingRecipe recipe,
      Optional<DevSet> dev,
      int patience,
      Optional<CheckpointStore> checkpoints,
      Trainer.Listener listener)
      throws IOException {
    Path work = Files.createDirectory(folder.resolve("work-" + runs++));
    try (ExampleFile pairs = ExampleFiles.of(PAIRS);
        Trainer trainer =
            new Trainer(
                new Trainer.Plan(
                    ModelFolder.open(base),
                    ComputeDevice.CPU,
                    1,
                    recipe,
                    List.of(pairs),
                    List.of(1),
                    dev,
                    2,
                    patience,
                    checkpoints,
                    2,
                    work),
                listener)) {
      Summary summary = trainer.run();
      List<JsonNode> steps = new ArrayList<>();
      for (String line : Files.readAllLines(trainer.metrics())) {
        steps.add(JSON.readTree(line));
      }
      Path model = work.resolve("model");
      TrainedFolder.write(
          base,
          model,
          trainer.weights(),
          new TrainingReport("base", recipe, List.of(), summary.steps(), new TreeMap<>()));
      return new Run(summary, steps, model);
    }
  }

  private Run run(TrainingRecipe recipe) throws IOException {
    return run(recipe, Optional.empty(), 0, Optional.empty(), (step, steps) -> {});
  }

  private static float[][] vectors(Path model) {
    List<String> texts = PAIRS.stream().map(pair -> pair.get(0)).toList();
    try (SentenceEncoder encoder =
        SharedModels.encoder(ModelBundle.of(model).file(), EncoderOptions.DEFAULT)) {
      return encoder.encode(texts).vectors();
    }
  }

  @Test
  void lossFallsAndTheModelFolderHasTheTrainedWeights() throws IOException {
    Run run = run(recipe(r -> r.stepsPerEpoch(30)));
    List<Double> losses = run.losses();
    assertThat(losses).hasSize(30);
    assertThat(losses.get(29)).isLessThan(losses.get(0) / 2);
    assertThat(run.summary().steps()).isEqualTo(30);
    assertThat(run.summary().gflops()).isPositive();
    assertThat(run.summary().sgemmGflops()).isPositive();
    assertThat(Golden.difference(vectors(base)[0], vectors(run.model())[0])).isGreaterThan(0.01);
  }

  @Test
  void equalSeedsGiveEqualModelsAndOthersDoNot() throws IOException {
    Run one = run(recipe(r -> r));
    Run two = run(recipe(r -> r));
    Run other = run(recipe(r -> r.seed(43)));
    assertThat(two.losses()).isEqualTo(one.losses()).isNotEqualTo(other.losses());
    assertThat(vectors(two.model())).isDeepEqualTo(vectors(one.model()));
  }

  @Test
  void dropoutFollowsTheSeedAndIsOffOutsideTraining() {
    List<Example> batch = PAIRS.stream().map(Example::new).toList();
    try (TrainableEncoder encoder =
        TrainableEncoder.load(ModelFolder.open(base), ComputeDevice.CPU, 0)) {
      BatchGradient gradient = new BatchGradient(encoder, recipe(r -> r));
      double loss = gradient.add(batch, 1, 1).loss();
      assertThat(gradient.add(batch, 1, 1).loss()).isEqualTo(loss);
      assertThat(gradient.add(batch, 1, 2).loss()).isNotEqualTo(loss);
      double[] once = DEV.cosines(encoder, 512);
      assertThat(DEV.cosines(encoder, 512)).isEqualTo(once);
      assertThat(gradient.add(batch, 1, 1).loss()).isEqualTo(loss);
    }
  }

  @Test
  void gradientCachingGivesTheSameModel() throws IOException {
    Run direct = run(recipe(r -> r.tokenBudget(40)));
    Run cached = run(recipe(r -> r.tokenBudget(40).gradientCaching(true)));
    for (int i = 0; i < direct.losses().size(); i++) {
      assertThat(cached.losses().get(i))
          .isCloseTo(direct.losses().get(i), org.assertj.core.data.Percentage.withPercentage(0.01));
    }
  }

  @Test
  void accumulatedBatchesAreOneStep() throws IOException {
    Run run = run(recipe(r -> r.accumulationSteps(2).batchSize(2).stepsPerEpoch(0).epochs(3)));
    // Eight pairs are four batches, two steps a pass.
    assertThat(run.summary().steps()).isEqualTo(6);
  }

  @Test
  void cutOffRunGoesOnAsIfNothingHadHappened() throws IOException {
    Run whole = run(recipe(r -> r), Optional.of(DEV), 0, Optional.empty(), (step, steps) -> {});
    FolderCheckpoints checkpoints = new FolderCheckpoints(folder.resolve("checkpoints"));
    assertThatThrownBy(
            () ->
                run(
                    recipe(r -> r),
                    Optional.of(DEV),
                    0,
                    Optional.of(checkpoints),
                    (step, steps) -> {
                      if (step.step() == 5) {
                        throw new IllegalStateException("cut off");
                      }
                    }))
        .hasMessage("cut off");
    assertThat(checkpoints.newest()).hasValue(4L);

    Run resumed =
        run(
            recipe(r -> r),
            Optional.of(DEV),
            0,
            Optional.of(checkpoints),
            (step, steps) -> assertThat(step.step()).isGreaterThan(4));

    assertThat(resumed.losses()).isEqualTo(whole.losses());
    assertThat(resumed.summary().bestDev()).isEqualTo(whole.summary().bestDev());
    assertThat(resumed.summary().startDev()).isEqualTo(whole.summary().startDev());
    assertThat(vectors(resumed.model())).isDeepEqualTo(vectors(whole.model()));
  }

  @ParameterizedTest
  @CsvSource({
    "state.json, 40",
    "state.json, 0",
    "weights.safetensors, 5000",
    "optimizer.safetensors, 3",
  })
  void damagedCheckpointGivesWayToTheOlderOne(String file, int bytes) throws IOException {
    FolderCheckpoints checkpoints = new FolderCheckpoints(folder.resolve("checkpoints"));
    Run whole =
        run(recipe(r -> r), Optional.empty(), 0, Optional.of(checkpoints), (step, steps) -> {});
    cutOff(checkpoints.root().resolve("6").resolve(file), bytes);
    List<Long> made = new ArrayList<>();
    Run resumed =
        run(
            recipe(r -> r),
            Optional.empty(),
            0,
            Optional.of(new FreshCheckpoints(checkpoints)),
            (step, steps) -> made.add(step.step()));
    assertThat(made).containsExactly(5L, 6L);
    assertThat(resumed.losses()).isEqualTo(whole.losses());
  }

  @Test
  void checkpointsThatAreAllDamagedAreOneClearLine() throws IOException {
    FolderCheckpoints checkpoints = new FolderCheckpoints(folder.resolve("checkpoints"));
    run(recipe(r -> r), Optional.empty(), 0, Optional.of(checkpoints), (step, steps) -> {});
    for (long step : checkpoints.steps()) {
      cutOff(checkpoints.root().resolve(Long.toString(step)).resolve("state.json"), 40);
    }
    assertThatThrownBy(
            () ->
                run(
                    recipe(r -> r),
                    Optional.empty(),
                    0,
                    Optional.of(checkpoints),
                    (step, steps) -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("it is damaged (step 6: state.json is no JSON of a training's state;")
        .hasMessageEndingWith("; delete it to begin anew")
        .hasMessageNotContaining("\n");
  }

  private static void cutOff(Path file, int bytes) throws IOException {
    byte[] content = Files.readAllBytes(file);
    assertThat(content.length).isGreaterThan(bytes);
    Files.write(file, Arrays.copyOf(content, bytes));
  }

  /** Overwrites, as {@code HadoopCheckpoints} does. */
  private record FreshCheckpoints(FolderCheckpoints store) implements CheckpointStore {
    @Override
    public void save(long step, Path saved) throws IOException {
      LocalFolders.delete(store.root().resolve(Long.toString(step)));
      store.save(step, saved);
    }

    @Override
    public List<Long> steps() {
      return store.steps();
    }

    @Override
    public void fetch(long step, Path to) throws IOException {
      store.fetch(step, to);
    }
  }

  @Test
  void checkpointOfAnotherTrainingIsRefusedWithTheReason() throws IOException {
    Optional<CheckpointStore> checkpoints =
        Optional.of(new FolderCheckpoints(folder.resolve("checkpoints")));
    run(recipe(r -> r), Optional.empty(), 0, checkpoints, (step, steps) -> {});
    assertThatThrownBy(
            () ->
                run(
                    recipe(r -> r.scale(10)),
                    Optional.empty(),
                    0,
                    checkpoints,
                    (step, steps) -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("its recipe is")
        .hasMessageContaining("scale=20.0")
        .hasMessageContaining("scale=10.0");
  }

  @Test
  void checkpointOfAnotherDevSetOrPatienceIsRefused() throws IOException {
    Optional<CheckpointStore> checkpoints =
        Optional.of(new FolderCheckpoints(folder.resolve("checkpoints")));
    run(recipe(r -> r), Optional.of(DEV), 0, checkpoints, (step, steps) -> {});
    DevSet other = new DevSet(DEV.pairs().subList(0, 5));
    assertThatThrownBy(
            () -> run(recipe(r -> r), Optional.of(other), 0, checkpoints, (step, steps) -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("its dev set is 6 pairs, content ")
        .hasMessageContaining("now it is 5 pairs, content ");
    assertThatThrownBy(
            () -> run(recipe(r -> r), Optional.of(DEV), 7, checkpoints, (step, steps) -> {}))
        .hasMessageContaining("patience 0, now it is ");
    assertThatThrownBy(
            () -> run(recipe(r -> r), Optional.empty(), 0, checkpoints, (step, steps) -> {}))
        .hasMessageContaining("now it is none; start with the same, or with another checkpoint");
  }

  @Test
  void contentHashOfADevSetKnowsScoresAndBothTexts() {
    List<DevSet> sets =
        List.of(
            new DevSet(List.of(new ScoredTexts(1, "ab", "c"), new ScoredTexts(2, "d", "e"))),
            new DevSet(List.of(new ScoredTexts(1, "a", "bc"), new ScoredTexts(2, "d", "e"))),
            new DevSet(List.of(new ScoredTexts(1.5, "ab", "c"), new ScoredTexts(2, "d", "e"))));
    assertThat(sets.stream().map(DevSet::contentHash)).doesNotHaveDuplicates();
    assertThat(new DevSet(sets.get(0).pairs()).contentHash()).isEqualTo(sets.get(0).contentHash());
  }

  @Test
  void bestModelIsTheResult() throws IOException {
    Run run =
        run(
            recipe(r -> r.stepsPerEpoch(20)),
            Optional.of(DEV),
            0,
            Optional.empty(),
            (step, steps) -> {});
    double best =
        run.steps().stream()
            .filter(step -> step.has("dev"))
            .mapToDouble(step -> step.get("dev").doubleValue())
            .max()
            .orElseThrow();
    assertThat(run.summary().bestDev()).isEqualTo(Math.max(best, run.summary().startDev()));
    assertThat(run.summary().bestDev()).isGreaterThan(run.summary().startDev());
  }

  @Test
  void stopsWhereTheDevSetSaysSo() throws IOException {
    // At this rate nothing is learned: no evaluation is better than that at the start.
    Run run =
        run(
            recipe(r -> r.learningRate(1e-12).stepsPerEpoch(100)),
            Optional.of(DEV),
            3,
            Optional.empty(),
            (step, steps) -> {});
    assertThat(run.summary().stopped()).isTrue();
    assertThat(run.summary().steps()).isEqualTo(6);
    assertThat(run.summary().bestStep()).isZero();
  }

  @Test
  void divergedTrainingNamesTheStepAndTheLastGoodCheckpoint() {
    FolderCheckpoints checkpoints = new FolderCheckpoints(folder.resolve("checkpoints"));
    assertThatThrownBy(
            () ->
                run(
                    recipe(
                        r -> r.learningRate(1e30).maxGradNorm(0).warmupSteps(0).stepsPerEpoch(50)),
                    Optional.empty(),
                    0,
                    Optional.of(checkpoints),
                    (step, steps) -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "Training has diverged: the loss of step \\d+ is .*; begin again with a lower --lr and"
                + " another --checkpoint: (the last good one, of step \\d+ in|there is none yet).*");
  }

  /** At this rate, infinite in float32, the first step leaves no weight finite. */
  private static TrainingRecipe oneStepTooFar() {
    return recipe(r -> r.learningRate(1e300).warmupSteps(0).stepsPerEpoch(1));
  }

  @Test
  void noCheckpointHoldsWeightsThatAreNoNumbers() {
    FolderCheckpoints checkpoints = new FolderCheckpoints(folder.resolve("checkpoints"));
    assertThatThrownBy(
            () ->
                run(
                    oneStepTooFar(),
                    Optional.empty(),
                    0,
                    Optional.of(checkpoints),
                    (step, steps) -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("after step 1 a weight is no finite number");
    assertThat(checkpoints.newest()).isEmpty();
  }

  @Test
  void noResultHoldsWeightsThatAreNoNumbers() {
    assertThatThrownBy(() -> run(oneStepTooFar()))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "Training has diverged: after step 1 a weight is no finite number; begin again with a"
                + " lower --lr");
  }

  @Test
  void evaluationOfADivergedModelSaysThatItDiverged() {
    for (TrainingRecipe recipe :
        List.of(oneStepTooFar(), oneStepTooFar().toBuilder().learningRate(1e30).build())) {
      assertThatThrownBy(
              () -> run(recipe, Optional.of(DEV), 0, Optional.empty(), (step, steps) -> {}))
          .isInstanceOf(TrainingException.class)
          .hasMessageStartingWith("Training has diverged: after step 1 ");
    }
  }

  @Test
  void devSetNeedsDifferentScores() {
    assertThatThrownBy(() -> new DevSet(List.of(new ScoredTexts(1, "a", "b"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected different scores");
  }
}
