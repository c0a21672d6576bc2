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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;

/**
 * Faults on a real cluster: processes are killed by their ids at moments at which a {@link
 * GatedFileSystem} makes the run stand still, files are damaged, and every key and vector is
 * compared with those of an undisturbed run. Run by the Maven profile {@code faults}.
 */
class ClusterFaults {
  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);
  private static final int FILES = 8;
  private static final int ROWS_OF_A_FILE = 250;

  @TempDir private static Path shared;
  private static Path input;
  private static Map<Integer, float[]> undisturbed;

  /** Where a run of 16 partitions stands still: before that its executors have done others. */
  private static final String TWELFTH_TASK = ".*/part-00012-.*";

  @TempDir private Path work;
  private Path workersCache;
  private Path gate;
  private Path output;
  private Path checkpoint;
  private StandaloneCluster cluster;

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
    Run.sbertSpark("--master", "local[2]")
        .add(embedding(GOLDEN.folder().toString(), output.toString()))
        .succeed();
    undisturbed = vectors(output);
    assertThat(undisturbed).hasSize(FILES * ROWS_OF_A_FILE);
  }

  @BeforeEach
  void startCluster() throws IOException {
    Path workers = Files.createDirectory(work.resolve("workers"));
    workersCache = workers.resolve("cache");
    gate = Files.createDirectory(work.resolve("gate"));
    output = work.resolve("out");
    checkpoint = work.resolve("checkpoint");
    cluster = new StandaloneCluster(workers);
  }

  @AfterEach
  void stopCluster() {
    cluster.close();
  }

  // Processes that die

  @Test
  void executorKilledWhileItUnpacksTheEngineIsReplaced() throws IOException {
    Run run = heldAt(TWELFTH_TASK).add("--partitions", "16").start();
    // libtorch is unpacked first, into an empty cache.
    Wait.until("natives being unpacked", () -> !below(workersCache.resolve("natives")).isEmpty());
    killAnExecutor(run);
    openGate();
    assertSucceeds(run);
  }

  @Test
  void executorKilledDuringABatchIsReplaced() throws IOException {
    Run run = heldAt(TWELFTH_TASK).add("--partitions", "16").start();
    waitAtGate();
    killAnExecutor(run);
    openGate();
    assertSucceeds(run);
  }

  @Test
  void workerThatDisappearsIsDoneWithout() throws IOException {
    Run run = heldAt(TWELFTH_TASK).add("--partitions", "16").start();
    waitAtGate();
    assertThat(run.isRunning()).isTrue();
    cluster.loseWorker();
    openGate();
    assertSucceeds(run);
  }

  /** Batches are numbered from 0; each has one file. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "while the first batch is written, .*/part-00000-.*, 0",
    "before the third batch is begun, .*/offsets/[.]2[.].*, 2",
    "when the third batch is in its place but not recorded, .*/batches/.*in0-000002[.]json.*, 3",
    "when the third batch is recorded but not committed, .*/commits/[.]2[.].*, 3",
  })
  void driverKilledWithACheckpointGoesOn(String moment, String path, int batchesThen) {
    Run run = heldAt(path).add(withCheckpoint("1")).start();
    waitAtGate();
    assertThat(run.isRunning()).as(moment).isTrue();
    run.kill();
    List<String> before = batches();
    assertThat(before).hasSize(batchesThen);
    assertThat(vectors(output)).hasSize(batchesThen * ROWS_OF_A_FILE);

    assertSucceeds(heldAt(path).add(withCheckpoint("1")).start());
    // Before a batch is begun Spark may have taken its file already: it goes into the next one.
    assertThat(batches()).hasSizeBetween(FILES - 1, FILES).containsAll(before);
  }

  @Test
  void executorKilledWithACheckpointCostsNothing() throws IOException {
    Run run = heldAt(".*/commits/[.]1[.].*").add(withCheckpoint("2")).start();
    waitAtGate();
    killAnExecutor(run);
    openGate();
    assertSucceeds(run);
  }

  @Test
  void aSecondRunTakesTheCheckpointOverAndTheFirstEnds() throws IOException {
    Run first = heldAt(".*/part-00000-.*").add(withCheckpoint("4")).start();
    waitAtGate();
    Run second =
        Run.sbertSpark("--master", "local[1]")
            .add(gateOptions(".*/part-00000-.*"))
            .add(embedding(GOLDEN.folder().toString(), "gated:" + output))
            .add(withCheckpoint("4"))
            .start();
    assertSucceeds(second);
    openGate();
    assertThat(first.exitStatus()).isEqualTo(1);
    assertThat(first.err()).contains("another run").contains("one run at a time");
    assertHolds(output);
  }

  /** The first attempt of a task stands still until the run is over: only a second can end it. */
  @Test
  void speculationDoublesNothing() {
    Run run =
        heldAt(
                ".*/part-00000-.*",
                "--conf",
                "spark.speculation=true",
                "--conf",
                "spark.speculation.quantile=0.1",
                "--conf",
                "spark.speculation.multiplier=1.01",
                "--conf",
                "spark.speculation.minTaskRuntime=50ms")
            .add("--partitions", "5")
            .start();
    waitAtGate();
    assertSucceeds(run);
  }

  // Files that are not as they should be

  @Test
  void damagedProgramInTheCacheIsUnpackedAgain() throws IOException {
    Run.sbertSpark(cluster.submitOptions())
        .add(embedding(GOLDEN.folder().toString(), work.resolve("first").toString()))
        .succeed();
    List<Path> programs = below(workersCache.resolve("archives"));
    assertThat(programs).isNotEmpty();
    Path program = programs.get(0);
    byte[] good = Files.readAllBytes(program);
    byte[] bad = good.clone();
    bad[bad.length / 2] ^= 0x40;
    Files.write(program, bad);
    assertSucceeds(
        Run.sbertSpark(cluster.submitOptions())
            .add(embedding(GOLDEN.folder().toString(), output.toString()))
            .start());
    assertThat(program).hasBinaryContent(good);
  }

  @Test
  void twoDriversWithOneEmptyCacheDoNotDisturbEachOther() {
    String cache = work.resolve("cache").toString();
    Path two = work.resolve("two");
    String model = GOLDEN.folder().toString();
    Run first =
        Run.sbertSpark("--master", "local[1]")
            .add(embedding(model, output.toString()))
            .environment("SBERT_SPARK_CACHE", cache)
            .start();
    Run second =
        Run.sbertSpark("--master", "local[1]")
            .add(embedding(model, two.toString()))
            .environment("SBERT_SPARK_CACHE", cache)
            .start();
    assertSucceeds(first);
    assertThat(second.exitStatus()).as("%s%s", second.out(), second.err()).isZero();
    assertHolds(two);
  }

  @Test
  void modelOnASlowFileSystemIsWaitedFor() throws IOException {
    Path model = Folders.copy(GOLDEN.folder(), work.resolve("model"));
    Files.writeString(model.resolve("config_sentence_transformers.json"), "{\"copy\": true}");
    Run run =
        Run.sbertSpark(cluster.submitOptions())
            .add("--jars", Project.testJars().get(0).toString())
            .add("--conf", "spark.hadoop.fs.slow.impl=" + SlowFileSystem.class.getName())
            .add(embedding("slow:" + model, output.toString()))
            .start();
    assertSucceeds(run);
  }

  // The workings

  /** On the cluster; the output and the checkpoint lie on the file system with the gate. */
  private Run.Command heldAt(String path, String... submitOptions) {
    return Run.sbertSpark(cluster.submitOptions())
        .add(submitOptions)
        .add(gateOptions(path))
        .add(embedding(GOLDEN.folder().toString(), "gated:" + output));
  }

  private String[] gateOptions(String path) {
    return new String[] {
      "--jars",
      Project.testJars().get(0).toString(),
      "--conf",
      "spark.hadoop.fs.gated.impl=" + GatedFileSystem.class.getName(),
      "--conf",
      "spark.hadoop." + GatedFileSystem.AT + "=" + path,
      "--conf",
      "spark.hadoop." + GatedFileSystem.FOLDER + "=" + gate
    };
  }

  private String[] withCheckpoint(String filesPerBatch) {
    return new String[] {"--checkpoint", "gated:" + checkpoint, "--files-per-batch", filesPerBatch};
  }

  private void waitAtGate() {
    Wait.until(
        "the run to come to its gate", () -> Files.exists(gate.resolve(GatedFileSystem.REACHED)));
  }

  private void openGate() throws IOException {
    Files.createFile(gate.resolve(GatedFileSystem.OPEN));
  }

  private static String[] embedding(String model, String output) {
    return new String[] {
      "embed",
      "--model",
      model,
      "--input",
      input.toString(),
      "--output",
      output,
      "--output-format",
      "json"
    };
  }

  private void killAnExecutor(Run run) {
    Wait.until("executors", () -> !cluster.executors().isEmpty());
    assertThat(run.isRunning()).as("%s%s", run.out(), run.err()).isTrue();
    ProcessHandle victim = cluster.executors().get(0);
    assertThat(victim.destroyForcibly()).isTrue();
  }

  private void assertSucceeds(Run run) {
    assertThat(run.exitStatus()).as("%s%s", run.out(), run.err()).isZero();
    assertHolds(output);
  }

  /** Nothing is lost, nothing is there twice, and every vector is that of an undisturbed run. */
  private static void assertHolds(Path output) {
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

  private List<String> batches() {
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
