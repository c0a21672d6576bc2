package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.evaluation.Correlation;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;
import org.sbertspark.training.Trainer;
import org.sbertspark.training.TrainingException;
import org.sbertspark.training.TrainingRecipe;

/** Training as a stage: what comes out, and bad input. What a step computes is tested elsewhere. */
@ExtendWith(TestCache.class)
class SentenceEmbedderTrainerTest {
  private static final SparkSession SPARK = SparkTestSession.get();
  private static final String BASE = Golden.read("training-trace/start").folder().toString();
  private static final List<Row> PAIRS =
      List.of(
          pair("The invoice was wrong.", "The bill had a mistake."),
          pair("The bridge was closed.", "Nobody could cross the river."),
          pair("She plays the violin.", "A woman makes music."),
          pair("The visitors won.", "The away team scored more goals."),
          pair("It rains.", "Water falls from the sky."),
          pair("He sold the car.", "The vehicle has a new owner."));
  private static final TrainingRecipe RECIPE =
      TrainingRecipe.CARD.toBuilder()
          .learningRate(1e-3)
          .warmupSteps(0)
          .batchSize(3)
          .stepsPerEpoch(5)
          .build();

  @TempDir private Path folder;

  private static Row pair(String anchor, String positive) {
    return RowFactory.create(anchor, positive);
  }

  private static Dataset<Row> table(List<Row> rows, int partitions) {
    StructType schema =
        new StructType().add("anchor", DataTypes.StringType).add("positive", DataTypes.StringType);
    return SPARK.createDataFrame(rows, schema).repartition(partitions);
  }

  private SentenceEmbedderTrainer trainer(String output) {
    return new SentenceEmbedderTrainer()
        .setModel(BASE)
        .setRecipe(RECIPE)
        .setTextCols("anchor", "positive")
        .setThreads(1)
        .setOutput(folder.resolve(output).toString());
  }

  private static List<Object> vectors(SentenceEmbedder embedder) {
    return embedder.transform(table(PAIRS, 1)).orderBy("anchor").collectAsList().stream()
        .map(row -> row.get(2))
        .toList();
  }

  @Test
  void fittedStageEmbedsWithTheTrainedModel() throws IOException {
    SentenceEmbedder trained = trainer("model").fit(table(PAIRS, 2));
    SentenceEmbedder base =
        new SentenceEmbedder().setModel(BASE).setInputCol("anchor").setOutputCol("embedding");
    assertThat(vectors(trained)).hasSize(6).isNotEqualTo(vectors(base));
    assertThat(folder.resolve("model")).isDirectoryContaining("glob:**/model.safetensors");
    assertThat(Files.readAllLines(folder.resolve("model").resolve(TrainingTask.METRICS)))
        .hasSize(5);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).hasSize(1);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".crc"));
    }
  }

  @Test
  void partitionsAndOrderOfTheDataDoNotMatter() {
    List<Object> one = vectors(trainer("one").fit(table(PAIRS, 1)));
    List<Row> reversed = new ArrayList<>(PAIRS);
    Collections.reverse(reversed);
    assertThat(vectors(trainer("other").fit(table(reversed, 4)))).isEqualTo(one);
  }

  @Test
  void standsInPipelinesAndIsSaved() throws IOException {
    Path saved = folder.resolve("stage");
    trainer("model").write().overwrite().save(saved.toString());
    SentenceEmbedderTrainer loaded = SentenceEmbedderTrainer.load(saved.toString());
    assertThat(loaded.getRecipe()).isEqualTo(RECIPE);
    Dataset<Row> pairs = table(PAIRS, 1);
    Dataset<Row> embedded =
        new Pipeline().setStages(new PipelineStage[] {loaded}).fit(pairs).transform(pairs);
    assertThat(embedded.columns()).containsExactly("anchor", "positive", "embedding");
    assertThat(embedded.where("embedding is null").count()).isZero();
  }

  @Test
  void secondRunWithTheSameCheckpointHasNothingLeftToDo() {
    String checkpoint = folder.resolve("checkpoint").toString();
    List<Object> first = vectors(trainer("first").setCheckpoint(checkpoint).fit(table(PAIRS, 2)));
    TrainingProgress progress = TrainingProgress.register(SPARK.sparkContext(), "again");
    TrainingOutcome again =
        trainer("again")
            .setCheckpoint(checkpoint)
            .train(
                List.of(
                    new TrainingSet("pairs", table(PAIRS, 3), List.of("anchor", "positive"), 1)),
                Optional.empty(),
                HubAccess.DEFAULT,
                progress);
    assertThat(again.summary().steps()).isEqualTo(5);
    assertThat(progress.soFar()).isEmpty();
    SentenceEmbedder second =
        new SentenceEmbedder()
            .setModel(again.model())
            .setInputCol("anchor")
            .setOutputCol("embedding");
    assertThat(vectors(second)).isEqualTo(first);
  }

  @Test
  void cardSaysOnlyWhatTheDevSetSaid() {
    assertThat(TrainingTask.results(summary(null, null))).isEmpty();
    assertThat(TrainingTask.results(summary(null, 0.5))).hasSize(1).containsValue(0.5);
    assertThat(TrainingTask.results(summary(0.25, 0.5))).hasSize(2);
  }

  private static Trainer.Summary summary(Double startDev, Double bestDev) {
    return new Trainer.Summary(5, false, 1, startDev, bestDev, 4, 100, 1, 1, 1);
  }

  @Test
  void outputThatExistsIsRefused() throws IOException {
    Files.createDirectory(folder.resolve("model"));
    assertThatThrownBy(() -> trainer("model").fit(table(PAIRS, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("it exists; choose another folder");
  }

  @ParameterizedTest
  @CsvSource({"model, model", "model, model/steps", "steps/model, steps", "model, steps/../model/"})
  void checkpointsInTheOutputOrAroundItAreRefused(String output, String checkpoint) {
    SentenceEmbedderTrainer trainer =
        trainer(output).setCheckpoint(folder.resolve(".") + "/" + checkpoint);
    assertThatThrownBy(() -> trainer.fit(table(PAIRS, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot keep checkpoints in ")
        .hasMessageEndingWith("one contains the other; choose another checkpoint folder");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void checkpointsBesideTheOutputAreWelcome() {
    trainer("model").setCheckpoint(folder.resolve("model-steps").toString()).fit(table(PAIRS, 1));
    assertThat(folder.resolve("model-steps")).isDirectoryContaining("glob:**/step-5");
  }

  /** By these pairs the base is better than all that the training makes of it. */
  private static Dataset<Row> devAgainstThePairs() {
    List<Row> judged = new ArrayList<>();
    for (int i = 0; i < PAIRS.size(); i++) {
      String anchor = PAIRS.get(i).getString(0);
      judged.add(RowFactory.create(i, anchor, PAIRS.get(i).getString(1)));
      judged.add(RowFactory.create(100 + i, anchor, PAIRS.get((i + 1) % 6).getString(1)));
    }
    judged.add(RowFactory.create(null, "no", "score"));
    judged.add(RowFactory.create(1, "no second text", null));
    return SPARK.createDataFrame(
        judged, StructType.fromDDL("score INT, sentence1 STRING, sentence2 STRING"));
  }

  private static double spearman(SentenceEmbedder embedder, Dataset<Row> dev) {
    List<Row> rows = dev.na().drop().collectAsList();
    List<Row> first = embedder.setInputCol("sentence1").transform(dev.na().drop()).collectAsList();
    List<Row> second = embedder.setInputCol("sentence2").transform(dev.na().drop()).collectAsList();
    double[] cosines = new double[rows.size()];
    for (int i = 0; i < cosines.length; i++) {
      // The model ends in Normalize.
      cosines[i] = first.get(i).<Vector>getAs(3).dot(second.get(i).getAs(3));
    }
    double[] scores = rows.stream().mapToDouble(row -> row.getInt(0)).toArray();
    return Correlation.of(scores, cosines).spearman();
  }

  @Test
  void bestModelOfADevSetIsKeptAndTheTrainingStopsEarly() throws IOException {
    Dataset<Row> dev = devAgainstThePairs();
    SentenceEmbedder trained =
        trainer("model")
            .setRecipe(RECIPE.toBuilder().stepsPerEpoch(100).build())
            .setDev(dev)
            .setEvalSteps(2)
            .setPatience(3)
            .fit(table(PAIRS, 2));
    List<Double> seen = new ArrayList<>();
    seen.add(spearman(new SentenceEmbedder().setModel(BASE).setOutputCol("embedding"), dev));
    List<String> steps = Files.readAllLines(folder.resolve("model").resolve(TrainingTask.METRICS));
    for (String step : steps) {
      JsonNode judged = new ObjectMapper().readTree(step).get("dev");
      if (judged != null) {
        seen.add(judged.doubleValue());
      }
    }
    assertThat(steps).hasSizeLessThan(100);
    int best = seen.indexOf(Collections.max(seen));
    assertThat(seen).hasSize(best + 1 + 3);
    assertThat(spearman(trained, dev)).isCloseTo(seen.get(best), within(1e-9));
    assertThat(seen.get(seen.size() - 1)).isLessThan(seen.get(best));
    assertThat(folder.resolve("model/README.md"))
        .content()
        .contains("on the dev set before training");
  }

  @Test
  void devSetIsCopiedWithTheStageAndNotSaved() throws IOException {
    SentenceEmbedderTrainer trainer =
        trainer("model").setDev(devAgainstThePairs()).setEvalSteps(2).setPatience(1);
    Path saved = folder.resolve("stage");
    trainer.write().save(saved.toString());
    SentenceEmbedderTrainer loaded = SentenceEmbedderTrainer.load(saved.toString());
    assertThatThrownBy(() -> loaded.fit(table(PAIRS, 1)))
        .hasMessageStartingWith("Cannot fit with evalSteps = 2: there is no dev set");
    trainer.copy(ParamMap.empty()).fit(table(PAIRS, 1));
    assertThat(folder.resolve("model").resolve(TrainingTask.METRICS)).content().contains("\"dev\"");
  }

  @Test
  void devSetThatIsNoneIsRefused() {
    Dataset<Row> other = table(PAIRS, 1);
    assertThatThrownBy(() -> trainer("model").setDev(other).fit(table(PAIRS, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The dev set has no column \"score\" that is a number, it is"
                + " struct<anchor:string,positive:string>");
    Dataset<Row> same = devAgainstThePairs().where("score = 3");
    assertThatThrownBy(() -> trainer("model").setDev(same).fit(table(PAIRS, 1)))
        .hasMessageContaining("1 pairs with one score at most, expected different scores");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatNeedsADevSetIsRefusedWithoutOne() {
    assertThatThrownBy(() -> trainer("model").setPatience(3).fit(table(PAIRS, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot fit with patience = 3: there is no dev set; clear it, or give one with setDev");
    assertThatThrownBy(() -> trainer("model").setEvalSteps(10).fit(table(PAIRS, 1)))
        .hasMessageStartingWith("Cannot fit with evalSteps = 10: ");
  }

  @Test
  void columnsThatAreMissingOrNoTextAreRefused() {
    assertThatThrownBy(() -> trainer("a").setTextCols("anchor", "other").fit(table(PAIRS, 1)))
        .hasMessageContaining("no text column \"other\"");
    assertThatThrownBy(() -> trainer("a").setTextCols("anchor").fit(table(PAIRS, 1)))
        .hasMessageContaining("expected the columns of anchor and positive at least");
  }

  @Test
  void nullTextFailsTheRunInOneLineWithoutTheOtherText() {
    List<Row> rows = List.of(pair("secret", null), pair("a", "b"), pair("c", "d"));
    assertThatThrownBy(() -> trainer("model").fit(table(rows, 1)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("is null")
        .hasMessageNotContaining("secret");
    assertThat(folder.resolve("model")).doesNotExist();
  }

  @Test
  void emptyDataAndIdenticalPairsAreRefused() {
    assertThatThrownBy(() -> trainer("model").fit(table(List.of(), 1)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("expected at least 2");
    List<Row> same = List.of(pair("a", "b"), pair("a", "b"), pair("b", "a"));
    assertThatThrownBy(() -> trainer("model").fit(table(same, 1)))
        .isInstanceOf(TrainingException.class);
  }

  @Test
  void bundleIsNoModelToTrain() throws IOException {
    Path bundle = folder.resolve("model.sbert");
    Files.copy(org.sbertspark.inference.ModelBundle.of(Path.of(BASE)).file(), bundle);
    assertThatThrownBy(() -> trainer("model").setModel(bundle.toString()).fit(table(PAIRS, 1)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("is a bundle, expected the sentence-transformers folder");
  }
}
