package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.it.StandaloneCluster.OpenFile;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.model.Tensor;
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
  @EnabledOnOs(OS.LINUX)
  void executorKilledWhileItUnpacksTheEngineIsReplaced() {
    Run run = onCluster(GOLDEN.folder(), output).add("--partitions", "16").start();
    killTheExecutorThatWrites(workersCache + "/natives/pytorch/tmp.*");
    assertSucceeds(run);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void executorKilledWhileItUnpacksTheModelIsReplaced() throws IOException {
    Path model = withLargeVocabulary(work.resolve("model"));
    Run run = onCluster(model, output).add("--partitions", "16").start();
    killTheExecutorThatWrites(workersCache + "/archives/[.].*[.]tmp");
    assertSucceeds(run);
  }

  @Test
  void executorKilledDuringABatchIsReplaced() throws IOException {
    Run run = heldAt(TWELFTH_TASK).add("--partitions", "16").start();
    killTheExecutorAtTheGate(run);
    openGate();
    assertSucceeds(run);
  }

  @Test
  void taskThatFailsIsTriedAgain() throws IOException {
    Run run = heldAt(TWELFTH_TASK).add("--partitions", "16").start();
    waitAtGate();
    assertThat(run.isRunning()).isTrue();
    Files.createFile(gate.resolve(GatedFileSystem.BROKEN));
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
    Run run = heldAt(".*/part-.*", inBatch(2)).add(withCheckpoint("2")).start();
    killTheExecutorAtTheGate(run);
    assertThat(batches()).hasSize(2);
    openGate();
    assertSucceeds(run);
  }

  /** Eight files are copied, six at a time; their 24 pieces are embedded, six at a time. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "while the second batch is copied, .*/[.]split[.].*/part-.*, 1, 0",
    "while the third batch of pieces is embedded, .*/[.]out[.].*/part-.*, 2, 2",
  })
  void driverKilledWithSplitRowsGoesOn(String moment, String path, int batch, int batchesThen) {
    Run run = splittingAt(path, batch).start();
    waitAtGate();
    assertThat(run.isRunning()).as(moment).isTrue();
    run.kill();
    List<String> before = batches();
    assertThat(before).hasSize(batchesThen);

    assertSucceeds(splittingAt(path, batch).start());
    assertThat(batches()).containsAll(before);
    assertThat(checkpoint.resolve("split")).doesNotExist();
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
  void damagedProgramInTheWorkersCacheIsUnpackedAgain() throws IOException {
    onCluster(GOLDEN.folder(), work.resolve("first")).succeed();
    List<Path> programs = below(workersCache.resolve("archives"));
    assertThat(programs).isNotEmpty();
    Path program = programs.get(0);
    byte[] good = damage(program);
    assertSucceeds(onCluster(GOLDEN.folder(), output).start());
    assertThat(program).hasBinaryContent(good);
  }

  @Test
  void damagedBundleInTheDriversCacheIsMadeAgain() throws IOException {
    String cache = work.resolve("cache").toString();
    onCluster(GOLDEN.folder(), work.resolve("first"))
        .environment("SBERT_SPARK_CACHE", cache)
        .succeed();
    List<Path> bundles = below(Path.of(cache, "bundles"));
    assertThat(bundles).hasSize(1);
    byte[] good = damage(bundles.get(0));
    assertSucceeds(
        onCluster(GOLDEN.folder(), output).environment("SBERT_SPARK_CACHE", cache).start());
    assertThat(bundles.get(0)).hasBinaryContent(good);
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

  private Run.Command onCluster(Path model, Path output) {
    return Run.sbertSpark(cluster.submitOptions())
        .add(embedding(model.toString(), output.toString()));
  }

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

  private Run.Command splittingAt(String path, int batch) {
    return heldAt(path, inBatch(batch)).add(withCheckpoint("6")).add("--split-rows", "100");
  }

  /** To be held in the tasks of one micro-batch only; they are numbered from 0. */
  private static String[] inBatch(int batch) {
    return new String[] {"--conf", "spark.hadoop." + GatedFileSystem.BATCH + "=" + batch};
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

  /** Kills the process that stands at the gate, which must be an executor. */
  private void killTheExecutorAtTheGate(Run run) throws IOException {
    waitAtGate();
    assertThat(run.isRunning()).as("%s%s", run.out(), run.err()).isTrue();
    long process = Long.parseLong(Files.readString(gate.resolve(GatedFileSystem.REACHED)));
    Optional<ProcessHandle> executor =
        cluster.executors().stream().filter(handle -> handle.pid() == process).findFirst();
    assertThat(executor).as("process %d at the gate is an executor", process).isPresent();
    kill(executor.get());
  }

  /** Kills the first executor that has such a file open, and sees that it was not finished. */
  private void killTheExecutorThatWrites(String path) {
    OpenFile open =
        Wait.untilThere("an executor that writes " + path, () -> cluster.openFile(path));
    kill(open.executor());
    assertThat(open.file()).as("what the killed executor was writing").exists();
  }

  private static void kill(ProcessHandle executor) {
    assertThat(executor.destroyForcibly()).isTrue();
    Wait.until("killed executor " + executor.pid() + " to end", () -> !executor.isAlive());
  }

  /** Flips a bit in the middle; returns what was there before. */
  private static byte[] damage(Path file) throws IOException {
    byte[] good = Files.readAllBytes(file);
    byte[] bad = good.clone();
    bad[bad.length / 2] ^= 0x40;
    Files.write(file, bad);
    return good;
  }

  /**
   * The golden model with 50,000 words more, which no text has: the same vectors, and an archive of
   * 160 MB, so that unpacking takes long enough to be seen.
   */
  private static Path withLargeVocabulary(Path folder) throws IOException {
    Path model = Folders.copy(GOLDEN.folder(), folder);
    Path file = model.resolve("model.safetensors");
    SafetensorsFile small = SafetensorsFile.open(file);
    SafetensorsWriter large = new SafetensorsWriter(DType.F32);
    for (String name : small.names()) {
      Tensor tensor = small.get(name);
      if (name.equals("embeddings.word_embeddings.weight")) {
        int rows = Math.toIntExact(tensor.shape().get(0)) + 50_000;
        int width = Math.toIntExact(tensor.shape().get(1));
        large.add(
            name, new long[] {rows, width}, () -> Arrays.copyOf(tensor.toFloats(), rows * width));
        Path config = model.resolve("config.json");
        String json = Files.readString(config);
        String changed = json.replaceFirst("\"vocab_size\": \\d+", "\"vocab_size\": " + rows);
        assertThat(changed).isNotEqualTo(json);
        Files.writeString(config, changed);
      } else if (tensor.dtype().isFloat()) {
        large.addTensor(name, tensor.shape(), () -> tensor);
      }
    }
    Path written = folder.resolve("large");
    large.write(written);
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
    return model;
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
