package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;

/**
 * Faults on a real cluster: processes are killed by their ids at moments that the file system
 * tells, files are damaged, and every key and vector is compared with those of an undisturbed run.
 * Run by the Maven profile {@code faults}.
 */
class ClusterFaults {
  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);
  private static final int FILES = 8;
  private static final int ROWS_OF_A_FILE = 250;

  @TempDir private static Path shared;
  private static Path input;
  private static Map<Integer, float[]> undisturbed;

  @TempDir private Path work;
  private StandaloneCluster cluster;
  private Path workersCache;

  @BeforeAll
  static void anUndisturbedRun() throws IOException {
    input = Files.createDirectory(shared.resolve("in"));
    Random random = new Random(3);
    ObjectMapper json = new ObjectMapper();
    int id = 0;
    for (int file = 0; file < FILES; file++) {
      List<String> lines = new ArrayList<>();
      for (int row = 0; row < ROWS_OF_A_FILE; row++) {
        StringBuilder text = new StringBuilder("row " + id);
        for (int word = 0; word < 30; word++) {
          text.append(' ').append(Integer.toString(random.nextInt(2000), 36));
        }
        lines.add(json.createObjectNode().put("id", id++).put("text", text.toString()).toString());
      }
      Files.write(input.resolve("part-" + file + ".jsonl"), lines);
    }
    Path output = shared.resolve("undisturbed");
    embed("local[2]", GOLDEN.folder().toString(), output).succeed();
    undisturbed = vectors(output);
    assertThat(undisturbed).hasSize(FILES * ROWS_OF_A_FILE);
  }

  @BeforeEach
  void startCluster() throws IOException {
    Path workers = Files.createDirectory(work.resolve("workers"));
    workersCache = workers.resolve("cache");
    cluster = new StandaloneCluster(workers);
  }

  @AfterEach
  void stopCluster() {
    cluster.close();
  }

  @Test
  void executorKilledWhileItUnpacksIsReplaced() {
    Path output = work.resolve("out");
    Run run = onCluster(output).add("--partitions", "16").start();
    // libtorch is unpacked first, into an empty cache.
    Wait.until("natives being unpacked", () -> !below(workersCache.resolve("natives")).isEmpty());
    assertThat(below(workersCache.resolve("archives"))).isEmpty();
    killAnExecutor(run);
    assertSucceeds(run, output);
  }

  @Test
  void executorKilledDuringABatchIsReplaced() {
    Path output = work.resolve("out");
    Run run = onCluster(output).add("--partitions", "16").start();
    Wait.until("the first program to be unpacked", this::programIsThere);
    killAnExecutor(run);
    assertSucceeds(run, output);
  }

  @Test
  void workerThatDisappearsIsDoneWithout() {
    Path output = work.resolve("out");
    Run run = onCluster(output).add("--partitions", "16").start();
    Wait.until("the first program to be unpacked", this::programIsThere);
    assertThat(run.isRunning()).isTrue();
    cluster.loseWorker();
    assertSucceeds(run, output);
  }

  @Test
  void driverKilledWithACheckpointGoesOn() {
    Path output = work.resolve("out");
    String[] checkpoint = {
      "--checkpoint", work.resolve("checkpoint").toString(), "--files-per-batch", "1"
    };
    Run run = onCluster(output).add(checkpoint).start();
    Wait.until("two batches", () -> batches(output).size() >= 2);
    assertThat(run.isRunning()).isTrue();
    run.kill();
    List<String> before = batches(output);
    assertThat(before).hasSizeLessThan(FILES);
    Map<Integer, float[]> seen = vectors(output);
    assertThat(seen).hasSize(before.size() * ROWS_OF_A_FILE);

    Run again = onCluster(output).add(checkpoint).start();
    assertSucceeds(again, output);
    assertThat(batches(output)).hasSize(FILES).containsAll(before);
  }

  @Test
  void executorKilledWithACheckpointCostsNothing() {
    Path output = work.resolve("out");
    Run run =
        onCluster(output)
            .add("--checkpoint", work.resolve("checkpoint").toString(), "--files-per-batch", "2")
            .start();
    Wait.until("a batch", () -> !batches(output).isEmpty());
    killAnExecutor(run);
    assertSucceeds(run, output);
  }

  @Test
  void speculationDoublesNothing() {
    Path output = work.resolve("out");
    Run run =
        onCluster(
                output,
                "--conf",
                "spark.speculation=true",
                "--conf",
                "spark.speculation.interval=50ms",
                "--conf",
                "spark.speculation.multiplier=1.01",
                "--conf",
                "spark.speculation.quantile=0.1",
                "--conf",
                "spark.speculation.minTaskRuntime=50ms")
            .add("--partitions", "5")
            .start();
    assertSucceeds(run, output);
  }

  @Test
  void damagedProgramInTheCacheIsUnpackedAgain() throws IOException {
    onCluster(work.resolve("first")).succeed();
    for (Path program : below(workersCache.resolve("archives"))) {
      byte[] bytes = Files.readAllBytes(program);
      bytes[bytes.length / 2] ^= 0x40;
      Files.write(program, bytes);
    }
    Path output = work.resolve("out");
    assertSucceeds(onCluster(output).start(), output);
  }

  @Test
  void twoDriversWithOneEmptyCacheDoNotDisturbEachOther() {
    String cache = work.resolve("cache").toString();
    Path one = work.resolve("one");
    Path two = work.resolve("two");
    String model = GOLDEN.folder().toString();
    Run first = embed("local[1]", model, one).environment("SBERT_SPARK_CACHE", cache).start();
    Run second = embed("local[1]", model, two).environment("SBERT_SPARK_CACHE", cache).start();
    assertSucceeds(first, one);
    assertSucceeds(second, two);
  }

  @Test
  void modelOnASlowFileSystemIsWaitedFor() throws IOException {
    Path model = Folders.copy(GOLDEN.folder(), work.resolve("model"));
    Files.writeString(model.resolve("config_sentence_transformers.json"), "{\"copy\": true}");
    Path output = work.resolve("out");
    List<String> words = new ArrayList<>(List.of(cluster.submitOptions()));
    words.addAll(
        List.of(
            "--jars",
            Project.testJars().get(0).toString(),
            "--conf",
            "spark.hadoop.fs.slow.impl=" + SlowFileSystem.class.getName()));
    Run run =
        Run.sbertSpark(words.toArray(String[]::new))
            .add(embedding("slow:" + model, output))
            .start();
    assertSucceeds(run, output);
  }

  // The workings

  private Run.Command onCluster(Path output, String... submitOptions) {
    return Run.sbertSpark(cluster.submitOptions())
        .add(submitOptions)
        .add(embedding(GOLDEN.folder().toString(), output));
  }

  private static Run.Command embed(String master, String model, Path output) {
    return Run.sbertSpark("--master", master).add(embedding(model, output));
  }

  private static String[] embedding(String model, Path output) {
    return new String[] {
      "embed",
      "--model",
      model,
      "--input",
      input.toString(),
      "--output",
      output.toString(),
      "--output-format",
      "json"
    };
  }

  private boolean programIsThere() {
    return below(workersCache.resolve("archives")).stream()
        .anyMatch(file -> file.getFileName().toString().endsWith(".pt"));
  }

  private void killAnExecutor(Run run) {
    Wait.until("executors", () -> !cluster.executors().isEmpty());
    assertThat(run.isRunning()).as("%s%s", run.out(), run.err()).isTrue();
    ProcessHandle victim = cluster.executors().get(0);
    assertThat(victim.destroyForcibly()).isTrue();
  }

  /** Nothing is lost, nothing is there twice, and every vector is that of an undisturbed run. */
  private static void assertSucceeds(Run run, Path output) {
    assertThat(run.exitStatus()).as("%s%s", run.out(), run.err()).isZero();
    Map<Integer, float[]> vectors = vectors(output);
    assertThat(vectors.keySet()).isEqualTo(undisturbed.keySet());
    vectors.forEach(
        (id, vector) ->
            assertThat(Golden.difference(undisturbed.get(id), vector))
                .as("row %d", id)
                .isLessThan(1e-6));
    assertThat(Tables.manifest(output).at("/rows").asInt()).isEqualTo(undisturbed.size());
  }

  private static Map<Integer, float[]> vectors(Path output) {
    ObjectMapper json = new ObjectMapper();
    Map<Integer, float[]> vectors = new TreeMap<>();
    for (Path file : below(output)) {
      if (!file.getFileName().toString().startsWith("part-")) {
        continue;
      }
      try {
        for (String line : Files.readAllLines(file)) {
          JsonNode row = json.readTree(line);
          assertThat(vectors.put(row.get("id").intValue(), Tables.vector(row.get("embedding"))))
              .as("row %s twice", row.get("id"))
              .isNull();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return vectors;
  }

  private static List<String> batches(Path output) {
    try (Stream<Path> inside = Files.list(output)) {
      return inside
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("sbert_batch="))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of(); // Not there yet.
    }
  }

  /** All files that are not hidden; none where there is no folder yet. */
  private static List<Path> below(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
