package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.DriverModels;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What embed writes: formats, modes, files, the manifest; also when it fails. */
@ExtendWith(TestCache.class)
class EmbedOutputTest {
  @TempDir private Path folder;

  @AfterEach
  void leavesNothingBehind() throws IOException {
    assertThat(SharedModels.openEncoders()).isZero();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("."));
    }
  }

  // Formats and files

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "json", "orc"})
  void everyFormatGivesTheVectorsBack(String format) throws IOException {
    Golden golden = Golden.read(Golden.ROBERTA);
    Path input = write("in.txt", golden.texts().get(0) + "\n");
    Output output = embed(input, "--output-format", format);
    assertThat(output.manifest().format()).isEqualTo(format);
    assertThat(
            Golden.difference(
                golden.vectors()[0], output.vectors("text").get(golden.texts().get(0))))
        .isLessThan(1e-5);
  }

  @Test
  void vectorsMayBeOfMllibsType() throws IOException {
    Output output = embed(texts(2), "--output-type", "vector", "--output-col", "v");
    assertThat(output.table().schema().apply("v").dataType().typeName()).isEqualTo("vector");
    assertThat(output.manifest().embeddings()).containsOnlyKeys("v");
  }

  @Test
  void aNullVectorIsWrittenToJsonAsNull() throws IOException {
    Path input = write("in.json", "{\"id\": \"a\", \"text\": null}\n{\"text\": \"x\"}\n");
    Output output = embed(input, "--output-format", "json");
    String all =
        output.dataFiles().stream().map(EmbedOutputTest::read).collect(Collectors.joining());
    assertThat(all).contains("\"embedding\":null");
  }

  @Test
  void aFileHasNoMoreRowsThanAskedFor() throws IOException {
    Output output = embed(texts(10), "--rows-per-file", "3", "--partitions", "2");
    List<Path> files = output.dataFiles();
    assertThat(files).hasSize(4);
    assertThat(files)
        .allSatisfy(
            file ->
                assertThat(SparkTestSession.get().read().parquet(file.toString()).count())
                    .isLessThanOrEqualTo(3));
    assertThat(output.manifest().rows()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void partitionsAreAsManyAsAskedFor(int partitions) throws IOException {
    Output output = embed(texts(30), "--partitions", "" + partitions);
    assertThat(output.dataFiles()).hasSize(partitions);
    assertThat(output.table().count()).isEqualTo(30);
  }

  @Test
  void theOrderOfRowsIsKeptAcrossPartitions() throws IOException {
    Output output = embed(texts(30), "--partitions", "3");
    List<String> rows =
        output.dataFiles().stream()
            .flatMap(
                file ->
                    SparkTestSession.get().read().parquet(file.toString()).collectAsList().stream())
            .map(row -> row.getString(0))
            .toList();
    assertThat(rows).isEqualTo(IntStream.range(0, 30).mapToObj(i -> "text " + i).toList());
  }

  // The manifest

  @Test
  void theManifestTellsModelOptionsVersionsAndCounts() throws IOException {
    Path input =
        write(
            "in.json",
            """
            {"text": "same"}
            {"text": "same"}
            {"text": null}
            """);
    Output output = embed(input, "--token-budget", "64", "--partitions", "1");

    Manifest manifest = output.manifest();
    assertThat(manifest.rows()).isEqualTo(3);
    assertThat(manifest.embeddings())
        .containsExactly(
            Map.entry(
                "embedding",
                new Embedding(
                    DriverModels.resolve(CommandRun.MODEL).fingerprint(),
                    CommandRun.MODEL,
                    null,
                    768,
                    128,
                    "",
                    false,
                    "roberta",
                    "float32")));
    Map<String, Object> run = output.run();
    assertThat(run)
        .containsEntry("command", "embed")
        .containsEntry("rows", 3)
        .containsEntry("rowsWritten", 3)
        .containsEntry("nulls", 1)
        .containsEntry("skipped", 0)
        .containsEntry("malformed", 0)
        .containsEntry("truncated", 0)
        .containsEntry("duplicates", 1)
        .containsEntry("inputFormat", "json")
        .containsKeys(
            "tokens", "paddingShare", "seconds", "tokensPerSecond", "versions", "hosts", "inputs");
    assertThat(run.get("options"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("token-budget", 64)
        .containsEntry("mode", "error");
  }

  /** Writes through {@link FlakyFileSystem}. */
  private static CommandRun embedFlakily(Path input, Path output, String... more) {
    var hadoop = SparkTestSession.get().sparkContext().hadoopConfiguration();
    hadoop.set("fs.%s.impl".formatted(FlakyFileSystem.SCHEME), FlakyFileSystem.class.getName());
    List<String> args = new ArrayList<>(List.of("embed", "--model", CommandRun.MODEL));
    args.addAll(List.of("--input", input.toString()));
    args.addAll(List.of("--output", FlakyFileSystem.SCHEME + "://" + output));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  @Test
  void retriedTasksAreCountedOnce() throws IOException {
    Path output = folder.resolve("out");
    FlakyFileSystem.FAILURES_LEFT.set(1);
    embedFlakily(texts(10), output, "--partitions", "2").succeeds();
    assertThat(FlakyFileSystem.FAILURES_LEFT).hasValue(0);
    assertThat(new Output(output).table().count()).isEqualTo(10);
    assertThat(new Output(output).manifest().rows()).isEqualTo(10);
    assertThat(new Output(output).run()).containsEntry("rowsWritten", 10);
  }

  // Outputs that exist

  @Test
  void anOutputThatExistsIsLeftAlone() throws IOException {
    Output output = embed(texts(2));
    Map<String, Integer> before = output.state();
    assertThat(CommandRun.embed(texts(3), output.folder()).failsInOneLine())
        .contains("it exists", "--mode overwrite");
    assertThat(output.state()).isEqualTo(before);
  }

  @Test
  void overwriteReplaces() throws IOException {
    embed(texts(5));
    Output output = embed(texts(3), "--mode", "overwrite");
    assertThat(output.table().count()).isEqualTo(3);
    assertThat(output.manifest().runs()).hasSize(1);
  }

  @Test
  void overwriteKeepsTheOldOutputIfTheRunFails() throws IOException {
    Output output = embed(texts(2));
    Map<String, Integer> before = output.state();
    Path bad = write("bad.json", "{\"text\": \"x\"}\n{\"text\": null}\n");
    CommandRun.embed(bad, output.folder(), "--mode", "overwrite", "--handle-invalid", "error")
        .failsInOneLine();
    assertThat(output.state()).isEqualTo(before);
  }

  @Test
  void overwriteRefusesAFolderThatIsNoOutput() throws IOException {
    Path mine = Files.createDirectory(folder.resolve("photos"));
    Files.writeString(mine.resolve("cat.jpg"), "meow");
    assertThat(CommandRun.embed(texts(2), mine, "--mode", "overwrite").failsInOneLine())
        .contains("photos", "no Spark output");
    assertThat(mine.resolve("cat.jpg")).exists();
  }

  @Test
  void appendAddsRowsAndARun() throws IOException {
    embed(texts(2), "--mode", "append");
    Output output = embed(texts(3), "--mode", "append");
    assertThat(output.table().count()).isEqualTo(5);
    assertThat(output.manifest().rows()).isEqualTo(5);
    assertThat(output.manifest().runs()).hasSize(2);
    assertThat(output.run()).containsEntry("rowsWritten", 3);
  }

  @Test
  void appendLeavesTheOutputAsItWasIfTheRunFails() throws IOException {
    Output output = embed(texts(2));
    Map<String, Integer> before = output.state();
    Path bad = write("bad.json", "{\"text\": \"x\"}\n{\"text\": null}\n");
    CommandRun.embed(bad, output.folder(), "--mode", "append", "--handle-invalid", "error")
        .failsInOneLine();
    assertThat(output.state()).isEqualTo(before);
  }

  @Test
  void appendTakesItsRowsOutAgainIfTheManifestCannotBeWritten() throws IOException {
    Output output = embed(texts(2));
    Map<String, Integer> before = output.state();
    FlakyFileSystem.refusedPath = output.folder() + "/_sbert";
    try {
      assertThat(embedFlakily(texts(3), output.folder(), "--mode", "append").failsInOneLine())
          .contains("the disk is full");
    } finally {
      FlakyFileSystem.refusedPath = null;
    }
    assertThat(output.state()).isEqualTo(before);
    try (var siblings = Files.list(output.folder().getParent())) {
      assertThat(siblings).noneMatch(file -> file.toString().contains("sbert-new"));
    }
  }

  @Test
  void appendOfAnotherModelIsRefused() throws IOException {
    Output output = embed(texts(2));
    Map<String, Integer> before = output.state();
    String other = Golden.read("roberta-four-poolings-bf16").folder().toString();
    assertThat(
            CommandRun.embedWith(other, texts(2), output.folder(), "--mode", "append")
                .failsInOneLine())
        .contains("Cannot append", CommandRun.MODEL, other);
    assertThat(output.state()).isEqualTo(before);
  }

  @Test
  void appendWithAnotherLengthLimitIsRefused() throws IOException {
    Output output = embed(texts(2));
    assertThat(
            CommandRun.embed(
                    texts(2), output.folder(), "--mode", "append", "--max-seq-length", "16")
                .failsInOneLine())
        .contains("maxSeqLength 128", "not 16");
  }

  @Test
  void appendOfOtherColumnsIsRefused() throws IOException {
    Output output = embed(texts(2));
    Path input = write("in.json", "{\"id\": 1, \"text\": \"x\"}\n");
    assertThat(CommandRun.embed(input, output.folder(), "--mode", "append").failsInOneLine())
        .contains("its columns are");
  }

  @Test
  void appendInAnotherFormatIsRefused() throws IOException {
    Output output = embed(texts(2));
    assertThat(
            CommandRun.embed(
                    texts(2), output.folder(), "--mode", "append", "--output-format", "json")
                .failsInOneLine())
        .contains("it is parquet", "json");
  }

  @Test
  void appendToRowsOfUnknownOriginIsRefused() throws IOException {
    Path output = folder.resolve("out");
    SparkTestSession.get().range(3).write().parquet(output.toString());
    assertThat(CommandRun.embed(texts(2), output, "--mode", "append").failsInOneLine())
        .contains(Manifest.FILE_NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "overwrite", "append"})
  void aFileInTheOutputsPlaceIsKept(String mode) throws IOException {
    Path file = write("out", "precious");
    assertThat(CommandRun.embed(texts(2), file, "--mode", mode).failsInOneLine())
        .contains("it is a file");
    assertThat(file).hasContent("precious");
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "overwrite", "append"})
  void theInputIsNeverTheOutput(String mode) throws IOException {
    Output input = embed(texts(2));
    Map<String, Integer> before = input.state();
    assertThat(
            CommandRun.embed(
                    input.folder(), input.folder(), "--mode", mode, "--output-col", "again")
                .failsInOneLine())
        .contains("overlaps the input");
    assertThat(input.state()).isEqualTo(before);
  }

  @Test
  void aSecondColumnOfVectorsKeepsTheFirstOnesOrigin() throws IOException {
    Output first = embed(texts(2));
    Path second = folder.resolve("second");
    CommandRun.embed(first.folder(), second, "--output-col", "again").succeeds();
    assertThat(new Output(second).manifest().embeddings()).containsOnlyKeys("embedding", "again");
  }

  /** So many lines of text, all different. */
  private Path texts(int rows) throws IOException {
    return write(
        "texts-%d.txt".formatted(rows),
        IntStream.range(0, rows).mapToObj(i -> "text " + i + "\n").collect(Collectors.joining()));
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Output embed(Path input, String... more) {
    Path output = folder.resolve("out");
    CommandRun.embed(input, output, more).succeeds();
    return new Output(output);
  }
}
