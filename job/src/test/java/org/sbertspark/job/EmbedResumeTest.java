package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.job.Checkpoint.Holder;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** embed --checkpoint: batches, going on after a failure, what is refused. */
@ExtendWith(TestCache.class)
class EmbedResumeTest {
  @TempDir private Path folder;
  private Path input;
  private Path output;
  private Path checkpoint;

  @BeforeEach
  void threeFiles() throws IOException {
    input = Files.createDirectory(folder.resolve("in"));
    output = folder.resolve("out");
    checkpoint = folder.resolve("checkpoint");
    write("a.json", "a1", "a2");
    write("b.json", "b1");
    write("c.json", "c1", "c2", "c3");
  }

  // Batches

  @Test
  void everyBatchOfFilesIsAFolderAndTheRowsAreThoseOfAPlainRun() {
    run("--files-per-batch", "2").succeeds();
    assertThat(batchFolders()).containsExactly("sbert_batch=in0-000000", "sbert_batch=in0-000001");

    Path plain = folder.resolve("plain");
    CommandRun.embed(input, plain).succeeds();
    Map<String, float[]> expected = new Output(plain).vectors("text");
    assertVectors(new Output(output).vectors("text"), expected);
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
  }

  @Test
  void theManifestCountsAllRunsAndSaysOfEachWhatItDid() throws IOException {
    run("--files-per-batch", "1").succeeds();
    write("d.json", "d1");
    run("--files-per-batch", "1").succeeds();
    Manifest manifest = new Output(output).manifest();
    assertThat(manifest.rows()).isEqualTo(7);
    assertThat(manifest.embeddings()).containsOnlyKeys("embedding");
    assertThat(manifest.runs()).hasSize(2);
    assertThat(manifest.runs().get(0)).containsEntry("batches", 3).containsEntry("rows", 6);
    assertThat(manifest.runs().get(1)).containsEntry("batches", 1).containsEntry("rows", 1);
  }

  @Test
  void severalInputsOfAnyKindAreEmbeddedOnceEach() throws IOException {
    Path file = folder.resolve("odd {1},[2]*.json");
    Files.writeString(file, "{\"text\": \"f1\"}\n");
    CommandRun.of(
            "embed",
            "--model",
            CommandRun.MODEL,
            "--output",
            output.toString(),
            "--checkpoint",
            checkpoint.toString(),
            "--input",
            input + "/[ab].json",
            "--input",
            folder.resolve("odd ?1?,?2??.json").toString(),
            "--input",
            only("c.json").toString())
        .succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3", "f1");
  }

  @Test
  void aSingleFileIsAnInputWhateverItsName() throws IOException {
    Path file = folder.resolve("odd, name.json");
    Files.writeString(file, "{\"text\": \"f1\"}\n");
    input = file;
    run().succeeds();
    assertThat(texts()).containsExactly("f1");
  }

  @ParameterizedTest
  @CsvSource({"txt,text one|text two", "csv,text|text one|text two"})
  void otherFormatsAreReadAsWithoutACheckpoint(String ending, String lines) throws IOException {
    input = Files.createDirectory(folder.resolve(ending));
    Files.write(input.resolve("x." + ending), List.of(lines.split("\\|", -1)));
    run("--text-col", "<{text}>").succeeds();
    assertThat(texts()).containsExactly("text one", "text two");
    Path plain = folder.resolve("plain");
    CommandRun.embed(input, plain, "--text-col", "<{text}>").succeeds();
    assertVectors(new Output(output).vectors("text"), new Output(plain).vectors("text"));
  }

  @Test
  void malformedRecordsAreKeptAndCounted() throws IOException {
    Files.writeString(input.resolve("d.json"), "{\"text\": \n");
    CommandRun run = run("--files-per-batch", "1").succeeds();
    assertThat(run.err()).contains("1 malformed records");
    assertThat(new Output(output).rows("_corrupt_record", "text")).hasSize(7);
  }

  @Test
  void malformedRecordsAreDroppedIfAsked() throws IOException {
    Files.writeString(input.resolve("d.json"), "{\"text\": \n{\"text\": \"d1\"}\n");
    run("--read-option", "mode=DROPMALFORMED").succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3", "d1");
    assertThat(new Output(output).table().columns()).doesNotContain("_corrupt_record");
  }

  // Going on

  @Test
  void aRunThatFailedGoesOnWithTheBatchThatItWasAt() throws IOException {
    age("c.json", 0);
    Files.writeString(input.resolve("c.json"), "{\"text\": \n");
    age("c.json", 0);
    String line = run("--files-per-batch", "1", "--read-option", "mode=FAILFAST").failsInOneLine();
    assertThat(line).contains("1 of 1 records are malformed");
    assertThat(texts()).containsExactly("a1", "a2", "b1");
    Map<String, Integer> before = dataFiles();

    write("c.json", "c1", "c2", "c3");
    CommandRun next = run("--files-per-batch", "1", "--read-option", "mode=FAILFAST").succeeds();
    assertThat(next.err()).doesNotContain("have changed");
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
    assertThat(dataFiles()).containsAllEntriesOf(before);
    assertNoLeftovers();
  }

  @Test
  void aBatchThatWasPutButNotRecordedIsPutAgain() throws IOException {
    run("--files-per-batch", "2").succeeds();
    forget("commits/1");
    Files.delete(checkpoint.resolve("batches/in0-000001.json"));
    leftover(folder.resolve(".out.sbert-batch-12345678"));
    leftover(output.resolve(".sbert_batch=in0-000001.sbert-old-12345678"));
    CommandRun run = run("--files-per-batch", "2").succeeds();
    assertThat(run.out()).contains("Embedded 3 rows").contains("6 rows now");
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
    assertNoLeftovers();
  }

  @Test
  void aBatchThatWasRecordedButNotCommittedIsNotEmbeddedAgain() throws IOException {
    run("--files-per-batch", "2").succeeds();
    forget("commits/1");
    Map<String, Integer> before = dataFiles();
    CommandRun run = run("--files-per-batch", "2").succeeds();
    assertThat(run.out()).contains("no new files").contains("6 rows now");
    assertThat(dataFiles()).isEqualTo(before);
    assertThat(new Output(output).manifest().rows()).isEqualTo(6);
  }

  @Test
  void newFilesAreEmbeddedByTheNextRunHoweverOldTheyAre() throws IOException {
    run().succeeds();
    Map<String, Integer> before = dataFiles();
    write("d.json", "d1");
    Files.setLastModifiedTime(
        input.resolve("d.json"), FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
    run("--files-per-batch", "1").succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3", "d1");
    assertThat(dataFiles()).containsAllEntriesOf(before);
  }

  @Test
  void filesOfVeryDifferentAgeInOneRunAreAllEmbedded() throws IOException {
    Files.setLastModifiedTime(
        input.resolve("c.json"), FileTime.from(Instant.parse("2001-01-01T00:00:00Z")));
    Files.setLastModifiedTime(
        input.resolve("a.json"), FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    run("--files-per-batch", "1").succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
  }

  @Test
  void aRewrittenFileKeepsItsEarlierRowsAndIsTold() throws IOException {
    run().succeeds();
    write("b.json", "other");
    age("b.json", 100);
    CommandRun run = run().succeeds();
    assertThat(run.err()).contains("1 files have changed since").contains("b.json");
    assertThat(texts()).contains("b1").doesNotContain("other");
    assertThat(new Output(output).run()).containsEntry("rewrittenFiles", 1);
  }

  @Test
  void aFileRewrittenBeforeItsBatchWasDoneGivesItsNewRows() throws IOException {
    age("a.json", -300);
    age("b.json", -200);
    age("c.json", -100);
    run("--files-per-batch", "1").succeeds();
    forget("commits/2");
    Files.delete(checkpoint.resolve("batches/in0-000002.json"));
    write("a.json", "too late");
    write("c.json", "in time");
    CommandRun run = run("--files-per-batch", "1").succeeds();
    assertThat(run.err()).contains("1 files have changed since").contains("a.json");
    assertThat(texts()).containsExactly("a1", "a2", "b1", "in time");
  }

  // Splitting

  @Test
  void splittingMakesBatchesOfFewRowsAndLeavesNoCopies() throws IOException {
    run("--split-rows", "1", "--files-per-batch", "2", "--partitions", "1").succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
    assertThat(batchFolders()).hasSize(3);
    assertThat(checkpoint.resolve("split")).doesNotExist();
    write("d.json", "d1", "d2");
    run("--split-rows", "1", "--files-per-batch", "2", "--partitions", "1").succeeds();
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3", "d1", "d2");
  }

  @Test
  void aSplitRunGoesOnAsWell() throws IOException {
    Files.writeString(input.resolve("c.json"), "{\"text\": \n");
    String[] options = {"--split-rows", "1", "--read-option", "mode=FAILFAST"};
    run(options).failsInOneLine();
    // What was copied does not change any more: the run can only go on as it is.
    run(options).failsInOneLine();
    assertThat(texts()).isEmpty();
  }

  // What is refused

  @ParameterizedTest
  @CsvSource({
    "--prompt,query:,--prompt was not given and is \"query:\"",
    "--truncate-dim,8,--truncate-dim was \"0\" and is \"8\"",
    "--output-format,json,--output-format was \"parquet\" and is \"json\"",
    "--text-col,id,--text-col was \"[text]\" and is \"[id]\"",
  })
  void anotherOptionIsRefusedWithTheReason(String option, String value, String reason) {
    run().succeeds();
    Map<String, Integer> before = new Output(output).state();
    assertThat(run(option, value).failsInOneLine())
        .contains("Cannot go on with checkpoint")
        .contains(reason);
    assertThat(new Output(output).state()).isEqualTo(before);
  }

  @Test
  void optionsThatDecideNoRowsMayChange() {
    run().succeeds();
    run("--token-budget", "64", "--window-rows", "10", "--files-per-batch", "3").succeeds();
  }

  @Test
  void anotherModelIsRefused() {
    run().succeeds();
    String other = Golden.read("bert-cls-lowercase-bin").folder().toString();
    assertThat(
            CommandRun.embedWith(other, input, output, "--checkpoint", checkpoint.toString())
                .failsInOneLine())
        .contains("its vectors are of model");
  }

  @Test
  void anotherInputOrOutputIsRefused() throws IOException {
    run().succeeds();
    assertThat(
            CommandRun.embed(only("c.json"), output, "--checkpoint", checkpoint.toString())
                .failsInOneLine())
        .contains("--input was");
    assertThat(
            CommandRun.embed(input, folder.resolve("else"), "--checkpoint", checkpoint.toString())
                .failsInOneLine())
        .contains("--output was");
  }

  @Test
  void anOutputThatLacksABatchIsRefused() throws IOException {
    run("--files-per-batch", "1").succeeds();
    org.apache.commons.io.FileUtils.deleteDirectory(
        output.resolve("sbert_batch=in0-000001").toFile());
    assertThat(run().failsInOneLine()).contains("has no folder sbert_batch=in0-000001");
  }

  /** Both began with an empty folder: their batches have the same names. */
  @Test
  void anOutputIsOneCheckpointsAlone() throws IOException {
    run("--files-per-batch", "1").succeeds();
    Path first = folder.resolve("first");
    Files.move(checkpoint, first);
    Files.move(output, folder.resolve("first-output"));
    run("--files-per-batch", "1").succeeds();
    write("d.json", "d1");
    Files.move(checkpoint, folder.resolve("second"));
    Files.move(first, checkpoint);
    assertThat(run("--files-per-batch", "1").failsInOneLine())
        .contains("it is not the output of this checkpoint any more");
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
  }

  @Test
  void filesOfAnotherFormatAreRefused() throws IOException {
    run().succeeds();
    Files.writeString(input.resolve("d.txt"), "a line");
    assertThat(run().failsInOneLine()).contains("give inputs of one format");
    for (String name : List.of("a.json", "b.json", "c.json")) {
      Files.delete(input.resolve(name));
    }
    assertThat(run().failsInOneLine()).contains("its input was json and is text");
    assertThat(texts()).containsExactly("a1", "a2", "b1", "c1", "c2", "c3");
  }

  @Test
  void onlyTheRunThatTookTheCheckpointLastMayGoOn() {
    Checkpoint shared =
        Checkpoint.open(
            checkpoint.toString(), SparkTestSession.get().sparkContext().hadoopConfiguration());
    Holder first = Holder.of("app-1");
    Holder second = Holder.of("app-2");
    shared.take(first);
    shared.requireHeld(first);
    shared.take(second);
    shared.requireHeld(second);
    assertThatThrownBy(() -> shared.requireHeld(first))
        .isInstanceOf(JobException.class)
        .hasMessageContaining("another run (app-2, since 20")
        .hasMessageContaining("one run at a time");
  }

  @Test
  void theSummaryIsOneLineOfJson() throws IOException {
    JsonNode summary = new ObjectMapper().readTree(run("--json").succeeds().out());
    assertThat(summary.get("rowsWritten").asInt()).isEqualTo(6);
    assertThat(summary.get("batches").asInt()).isEqualTo(1);
    assertThat(new ObjectMapper().readTree(run("--json").succeeds().out()).get("rows").asInt())
        .isZero();
  }

  @Test
  void aNewCheckpointWantsANewOutputAndAFolderOfItsOwn() throws IOException {
    run().succeeds();
    assertThat(
            CommandRun.embed(input, output, "--checkpoint", folder.resolve("new").toString())
                .failsInOneLine())
        .contains("it exists, and checkpoint");
    assertThat(
            CommandRun.embed(input, folder.resolve("other"), "--checkpoint", input.toString())
                .failsInOneLine())
        .contains("it holds other files");
    Path within = folder.resolve("other/checkpoint");
    assertThat(
            CommandRun.embed(input, folder.resolve("other"), "--checkpoint", within.toString())
                .failsInOneLine())
        .contains("overlaps");
  }

  @Test
  void whatDoesNotGoWithACheckpointIsAUsageError() {
    assertThat(run("--mode", "append").code()).isEqualTo(Main.USAGE);
    assertThat(run("--dedup").code()).isEqualTo(Main.USAGE);
    assertThat(CommandRun.embed(input, output, "--split-rows", "3").code()).isEqualTo(Main.USAGE);
  }

  // The workings

  private CommandRun run(String... more) {
    List<String> all = new ArrayList<>(List.of("--checkpoint", checkpoint.toString()));
    all.addAll(List.of(more));
    return CommandRun.embed(input, output, all.toArray(String[]::new));
  }

  private void write(String name, String... texts) throws IOException {
    Files.write(
        input.resolve(name),
        Stream.of(texts)
            .map(text -> "{\"id\": \"id of %s\", \"text\": \"%s\"}".formatted(text, text))
            .toList());
  }

  /** A folder with this file alone. */
  private Path only(String name) throws IOException {
    Path alone = Files.createDirectories(folder.resolve("only"));
    Files.copy(input.resolve(name), alone.resolve(name));
    return alone;
  }

  private void age(String name, int secondsAhead) throws IOException {
    Files.setLastModifiedTime(
        input.resolve(name), FileTime.from(Instant.now().plusSeconds(secondsAhead)));
  }

  /** As if the run had died before Spark wrote this. */
  private void forget(String file) throws IOException {
    Path whole = checkpoint.resolve("streams/in0").resolve(file);
    Files.delete(whole);
    Files.deleteIfExists(whole.resolveSibling("." + whole.getFileName() + ".crc"));
  }

  private static void leftover(Path folder) throws IOException {
    Files.writeString(Files.createDirectories(folder).resolve("part-0.parquet"), "half");
  }

  private void assertNoLeftovers() throws IOException {
    for (Path where : List.of(folder, output)) {
      try (Stream<Path> inside = Files.list(where)) {
        assertThat(inside.map(file -> file.getFileName().toString()))
            .noneMatch(name -> name.startsWith(".") && !name.endsWith(".crc"));
      }
    }
  }

  /** The rows of any reader that lists the folder. */
  private List<String> texts() {
    if (!Files.exists(output)) {
      return List.of();
    }
    return SparkTestSession.get()
        .read()
        .parquet(output.toString())
        .select("text")
        .collectAsList()
        .stream()
        .map((Row row) -> row.getString(0))
        .sorted()
        .toList();
  }

  private List<String> batchFolders() {
    try (Stream<Path> inside = Files.list(output)) {
      return inside
          .filter(Files::isDirectory)
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Map<String, Integer> dataFiles() {
    return new Output(output)
        .state().entrySet().stream()
            .filter(file -> file.getKey().contains("part-"))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
  }

  private static void assertVectors(Map<String, float[]> actual, Map<String, float[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach(
        (key, vector) ->
            assertThat(Golden.difference(expected.get(key), vector)).as(key).isLessThan(1e-6));
  }
}
