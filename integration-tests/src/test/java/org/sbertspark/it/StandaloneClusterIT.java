package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.model.Weights;
import org.sbertspark.testing.Folders;

/** The shipped jar on a real cluster: one master, two workers, executors in JVMs of their own. */
class StandaloneClusterIT {
  @TempDir static Path work;

  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);
  private static StandaloneCluster cluster;

  @BeforeAll
  static void start() {
    cluster = new StandaloneCluster(work.resolve("workers"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Run.Command onCluster(String... command) {
    return Run.sbertSpark(cluster.submitOptions()).add(command);
  }

  @Test
  void embedsAndClustersAsOneProcessDoes() {
    Path input = Tables.write(work.resolve("golden.jsonl"), GOLDEN.texts());
    String[] embed = {
      "embed", "--model", GOLDEN.folder().toString(), "--input", input.toString(), "--output"
    };
    Path there = work.resolve("there");
    Path here = work.resolve("here");
    onCluster(embed).add(there.toString(), "--output-format", "json").succeed();
    Run.sbertSpark("--master", "local[2]")
        .add(embed)
        .add(here.toString(), "--output-format", "json")
        .succeed();
    Map<Integer, float[]> vectors = vectors(there);
    assertThat(vectors.keySet()).isEqualTo(vectors(here).keySet());
    vectors(here)
        .forEach(
            (id, vector) -> {
              assertThat(Golden.difference(vector, vectors.get(id))).isLessThan(1e-6);
              assertThat(Golden.difference(GOLDEN.vectors()[id], vector)).isLessThan(1e-5);
            });
    assertThat(Tables.manifest(there).at("/rows").asInt()).isEqualTo(GOLDEN.texts().size());

    String[] clustering = {"--k", "3", "--seed", "5", "--output-format", "json", "--output"};
    Path thereClusters = work.resolve("there-clusters");
    Path hereClusters = work.resolve("here-clusters");
    onCluster("cluster", "--input", there.toString())
        .add(clustering)
        .add(thereClusters.toString())
        .succeed();
    Run.sbertSpark("--master", "local[2]", "cluster", "--input", there.toString())
        .add(clustering)
        .add(hereClusters.toString())
        .succeed();
    assertThat(groups(thereClusters)).isEqualTo(groups(hereClusters)).hasSize(3);
  }

  private static Map<Integer, float[]> vectors(Path output) {
    Map<Integer, float[]> vectors = new HashMap<>();
    for (JsonNode row : Tables.read(output)) {
      assertThat(vectors.put(row.get("id").intValue(), Tables.vector(row.get("embedding"))))
          .as("row twice")
          .isNull();
    }
    return vectors;
  }

  /** The ids of each cluster; a cluster's number means nothing. */
  private static Set<Set<Integer>> groups(Path output) {
    Map<Integer, Set<Integer>> groups = new HashMap<>();
    for (JsonNode row : Tables.read(output)) {
      groups
          .computeIfAbsent(row.get("cluster").intValue(), unseen -> new HashSet<>())
          .add(row.get("id").intValue());
    }
    return new HashSet<>(groups.values());
  }

  @Test
  void trainsAsOneProcessDoes() throws IOException {
    Path pairs = work.resolve("pairs.jsonl");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      lines.add(
          "{\"anchor\": \"question %d about %s\", \"positive\": \"answer %d on %s\"}"
              .formatted(i, Integer.toString(977 * i, 36), i, Integer.toString(977 * i, 36)));
    }
    Files.write(pairs, lines);
    String[] train = {
      "train",
      "--base",
      Golden.read("training-trace/start").folder().toString(),
      "--data",
      pairs.toString(),
      "--batch-size",
      "8",
      "--steps-per-epoch",
      "6",
      "--warmup",
      "0",
      "--lr",
      "1e-3",
      "--threads",
      "1",
      "--output"
    };
    Path there = work.resolve("trained-there");
    Path here = work.resolve("trained-here");
    onCluster(train)
        .add(there.toString(), "--checkpoint", work.resolve("checkpoint").toString())
        .succeed();
    Run.sbertSpark("--master", "local[2]").add(train).add(here.toString()).succeed();
    Weights expected = SafetensorsFile.open(here.resolve("model.safetensors"));
    Weights weights = SafetensorsFile.open(there.resolve("model.safetensors"));
    assertThat(weights.names()).isEqualTo(expected.names());
    for (String name : expected.names()) {
      assertThat(weights.get(name).toFloats())
          .as(name)
          .containsExactly(expected.get(name).toFloats(), offset(1e-5f));
    }
    assertThat(work.resolve("checkpoint")).isDirectoryContaining("glob:**/step-6");
  }

  @Test
  void modelIsLoadedOncePerExecutorOverJobsAndPipelines() throws IOException {
    Path result = work.resolve("probe.json");
    String jars =
        Stream.concat(Stream.of(Project.jar()), Project.testJars().stream().skip(1))
            .map(Path::toString)
            .collect(Collectors.joining(","));
    Run.sparkClass("org.apache.spark.deploy.SparkSubmit")
        .add(cluster.submitOptions())
        .add("--conf", "spark.scheduler.minRegisteredResourcesRatio=1.0")
        .add("--jars", jars, "--class", LoadProbe.class.getName())
        .add(Project.testJars().get(0).toString(), GOLDEN.folder().toString(), result.toString())
        .succeed();
    JsonNode probe = new ObjectMapper().readTree(result.toFile());
    assertThat(probe.get("tasks")).hasSize(2).allMatch(tasks -> tasks.intValue() >= 4);
    assertThat(probe.get("loads")).hasSize(2).allMatch(loads -> loads.intValue() == 1);
    assertThat(probe.get("openEncoders")).hasSize(2).allMatch(open -> open.intValue() == 0);
  }

  @Test
  void killedExecutorIsReplacedAndTheResultIsComplete() throws IOException {
    Random random = new Random(3);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      StringBuilder text = new StringBuilder("row " + i);
      for (int word = 0; word < 30; word++) {
        text.append(' ').append(Integer.toString(random.nextInt(2000), 36));
      }
      texts.add(text.toString());
    }
    Path input = Tables.write(work.resolve("many.jsonl"), texts);
    Path output = work.resolve("many");
    Path archives = work.resolve("workers/cache/archives");
    Set<String> before = names(archives);
    Path model = copyOfModel();
    Run run =
        onCluster("embed", "--model", model.toString(), "--input", input.toString())
            .add("--partitions", "16", "--output", output.toString(), "--output-format", "json")
            .start();
    // An executor unpacks the program right before it loads the model and begins with its first
    // batch.
    Wait.until("the first executor to load the model", () -> !names(archives).equals(before));
    Wait.until("executors", () -> !cluster.executors().isEmpty());
    ProcessHandle victim = cluster.executors().get(0);
    assertThat(run.isRunning()).isTrue();
    victim.destroyForcibly();
    assertThat(run.exitStatus()).as("%s", run.err()).isZero();

    Set<Integer> ids =
        Tables.read(output).stream()
            .map(row -> row.get("id").intValue())
            .collect(Collectors.toSet());
    assertThat(ids).hasSize(texts.size());
    assertThat(Tables.read(output)).hasSize(texts.size());
    assertThat(Tables.manifest(output).at("/rows").asInt()).isEqualTo(texts.size());
  }

  /** The golden model under another fingerprint: no executor has loaded it yet. */
  private static Path copyOfModel() throws IOException {
    Path copy = Folders.copy(GOLDEN.folder(), work.resolve("model"));
    Files.writeString(copy.resolve("config_sentence_transformers.json"), "{\"copy\": true}");
    return copy;
  }

  private static Set<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      return Set.of();
    }
  }
}
