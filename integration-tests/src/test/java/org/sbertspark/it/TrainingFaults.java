package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;

/**
 * Trainings that are killed while a checkpoint is being written: a {@link GatedFileSystem} holds
 * them there. They go on from the checkpoint before, and losses, scores and weights are those of an
 * undisturbed run, to the last bit. Run by the Maven profile {@code faults}.
 */
class TrainingFaults {
  private static final int STEPS = 6;

  /** Some files of the second checkpoint may be there already, this one is not. */
  private static final String SECOND_CHECKPOINT = ".*/[.]step-4-[^/]*/optimizer[.]safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path shared;
  private static Path base;
  private static Path pairs;
  private static Path dev;
  private static StandaloneCluster cluster;
  private static Path undisturbedOnCluster;

  @TempDir private Path work;
  private Path gate;
  private Path output;
  private Path checkpoint;

  @BeforeAll
  static void anUndisturbedRun() throws IOException {
    base = Folders.copy(Golden.read("training-trace/start").folder(), shared.resolve("base"));
    Path config = base.resolve("config.json");
    ObjectNode settings = (ObjectNode) JSON.readTree(config.toFile());
    settings.put("hidden_dropout_prob", 0.1).put("attention_probs_dropout_prob", 0.1);
    JSON.writeValue(config.toFile(), settings);

    List<String> examples = new ArrayList<>();
    List<String> judged = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String topic = Integer.toString(977 * i, 36);
      String other = Integer.toString(31 * i + 7, 36);
      examples.add(
          "{\"anchor\": \"question %1$d about %2$s\", \"positive\": \"answer %1$d on %2$s\"}"
              .formatted(i, topic));
      judged.add("%d\task %s\tsay %s".formatted(i % 5, topic, i % 5 > 2 ? topic : other));
    }
    pairs = Files.write(shared.resolve("pairs.jsonl"), examples);
    dev = Files.write(shared.resolve("dev.tsv"), judged);

    cluster = new StandaloneCluster(Files.createDirectory(shared.resolve("workers")));
    undisturbedOnCluster = shared.resolve("undisturbed");
    Run.sbertSpark(cluster.submitOptions()).add(training(undisturbedOnCluster)).succeed();
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @BeforeEach
  void folders() throws IOException {
    gate = Files.createDirectory(work.resolve("gate"));
    output = work.resolve("trained");
    checkpoint = work.resolve("checkpoint");
  }

  /** With a dev set, which the other runs do without: the best weights are in a checkpoint, too. */
  @Test
  void killedProcessGoesOnWhenStartedAgain() throws IOException {
    // Nobody tidies up behind a killed driver.
    String[] local = {"--master", "local[2]", "--conf", "spark.local.dir=" + work.resolve("local")};
    String[] judged = {"--dev", dev.toString(), "--eval-steps", "2"};
    Path undisturbed = work.resolve("undisturbed");
    Run.sbertSpark(local).add(training(undisturbed)).add(judged).succeed();

    Run.Command command = held(local).add(judged);
    Run run = command.start();
    waitAtGate(run);
    run.kill();
    List<String> before = firstCheckpoint();
    command.succeed();
    assertWentOn(before, undisturbed);
    assertThat(steps(output)).last().asString().contains("\"dev\"");
  }

  @Test
  void killedExecutorsAreReplacedAndTheRunGoesOn() throws IOException {
    Run run = held(cluster.submitOptions()).start();
    waitAtGate(run);
    List<String> before = firstCheckpoint();
    List<ProcessHandle> victims = cluster.executors();
    assertThat(victims).isNotEmpty().allMatch(ProcessHandle::destroyForcibly);
    assertThat(run.exitStatus()).as("%s%s", run.out(), run.err()).isZero();
    assertWentOn(before, undisturbedOnCluster);
  }

  @Test
  void killedDriverGoesOnWhenStartedAgain() throws IOException {
    Run.Command command = held(cluster.submitOptions());
    Run run = command.start();
    waitAtGate(run);
    run.kill();
    List<String> before = firstCheckpoint();
    command.succeed();
    assertWentOn(before, undisturbedOnCluster);
  }

  private static String[] training(Path output) {
    return new String[] {
      "train",
      "--base",
      base.toString(),
      "--data",
      pairs.toString(),
      "--batch-size",
      "8",
      "--steps-per-epoch",
      Integer.toString(STEPS),
      "--warmup",
      "2",
      "--lr",
      "1e-3",
      "--threads",
      "1",
      "--output",
      output.toString()
    };
  }

  /** Its checkpoints lie on the file system with the gate. */
  private Run.Command held(String... submitOptions) {
    return Run.sbertSpark(submitOptions)
        .add("--jars", Project.testJars().get(0).toString())
        .add("--conf", "spark.hadoop.fs.gated.impl=" + GatedFileSystem.class.getName())
        .add("--conf", "spark.hadoop." + GatedFileSystem.AT + "=" + SECOND_CHECKPOINT)
        .add("--conf", "spark.hadoop." + GatedFileSystem.FOLDER + "=" + gate)
        .add(training(output))
        .add("--checkpoint", "gated:" + checkpoint, "--checkpoint-steps", "2");
  }

  private void waitAtGate(Run run) {
    Wait.until(
        "the run to come to its gate", () -> Files.exists(gate.resolve(GatedFileSystem.REACHED)));
    assertThat(run.isRunning()).as("%s%s", run.out(), run.err()).isTrue();
  }

  /** The steps that are safe while the second checkpoint is half written. */
  private List<String> firstCheckpoint() throws IOException {
    assertThat(checkpoint)
        .isDirectoryContaining("glob:**/.step-4-*")
        .isDirectoryNotContaining("glob:**/step-4");
    List<String> steps = Files.readAllLines(checkpoint.resolve("step-2/metrics.jsonl"));
    assertThat(steps).hasSize(2);
    return steps;
  }

  private void assertWentOn(List<String> before, Path undisturbed) throws IOException {
    List<String> steps = steps(output);
    // With the seconds that each took: those before the checkpoint were not made again.
    assertThat(steps.subList(0, before.size())).isEqualTo(before);
    assertThat(steps).hasSize(STEPS);
    assertThat(steps.stream().map(TrainingFaults::withoutSeconds))
        .isEqualTo(steps(undisturbed).stream().map(TrainingFaults::withoutSeconds).toList());
    assertThat(output.resolve("model.safetensors"))
        .hasSameBinaryContentAs(undisturbed.resolve("model.safetensors"));
    try (Stream<Path> left = Files.list(checkpoint)) {
      assertThat(left.map(folder -> folder.getFileName().toString()))
          .containsExactlyInAnyOrder("step-4", "step-6");
    }
  }

  private static List<String> steps(Path model) throws IOException {
    return Files.readAllLines(model.resolve("metrics.jsonl"));
  }

  /** A step's line, digit for digit, but for the only thing in it that a clock says. */
  private static String withoutSeconds(String step) {
    try {
      return ((ObjectNode) JSON.readTree(step)).without("seconds").toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
