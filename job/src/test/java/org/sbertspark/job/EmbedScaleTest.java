package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** How embed goes about many rows: partitions, duplicates, the plan of a run. */
@ExtendWith(TestCache.class)
class EmbedScaleTest {
  @TempDir private Path folder;

  // Partitions

  @Test
  void nothingIsPadded() throws IOException {
    Path corpus = folder.resolve("corpus.jsonl");
    SampleCorpus.write(corpus);
    Map<String, Object> run = embed(corpus).run();
    assertThat((double) run.get("paddingShare")).isZero();
    assertThat(run).containsEntry("partitions", 6);
  }

  /** One file that cannot be split, the long texts at its end. */
  @Test
  void theLongTextsOfOneFileAreSharedOut() throws IOException {
    String text =
        IntStream.range(0, 400)
            .mapToObj(i -> i < 300 ? "short " + i : "long ".repeat(60) + i)
            .collect(Collectors.joining("\n", "", "\n"));
    Output output = embed(write("in.txt", text), "--partitions", "4", "--rows-per-file", "1000");
    assertThat(output.table().count()).isEqualTo(400);
    assertThat(output.dataFiles()).hasSize(4);
    long long0 = rowsOf(output.dataFiles().get(0));
    long long3 = rowsOf(output.dataFiles().get(3));
    assertThat(long0).as("rows of short texts").isGreaterThan(300);
    assertThat(long3).as("rows of long texts").isBetween(20L, 40L);
  }

  private static long rowsOf(Path file) {
    return SparkTestSession.get().read().parquet(file.toString()).count();
  }

  @Test
  void malformedRecordsAreDroppedOrKeptInEvenPartitions() throws IOException {
    Path input =
        write(
            "in.json",
            IntStream.range(0, 100)
                .mapToObj(
                    i -> i % 10 == 3 ? "{\"text\": broken" : "{\"text\": \"text %d\"}".formatted(i))
                .collect(Collectors.joining("\n")));
    Output kept = embed(input, "--partitions", "5");
    assertThat(kept.run()).containsEntry("malformed", 10).containsEntry("rowsWritten", 100);
    Output dropped =
        embed(
            input,
            "--partitions",
            "5",
            "--read-option",
            "mode=DROPMALFORMED",
            "--mode",
            "overwrite");
    assertThat(dropped.run()).containsEntry("malformed", 10).containsEntry("rowsWritten", 90);
    assertThat(dropped.table().count()).isEqualTo(90);
  }

  // Duplicates

  @Test
  void dedupGivesTheSameRows() throws IOException {
    String json =
        IntStream.range(0, 60)
            .mapToObj(
                i ->
                    i % 6 == 5
                        ? "{\"id\": \"%d\", \"text\": null}".formatted(i)
                        : "{\"id\": \"%d\", \"text\": \"%s text %d\"}"
                            .formatted(i, i % 2 == 0 ? " " : "", i % 3))
            .collect(Collectors.joining("\n"));
    Path input = write("in.json", json);
    Output plain = embed(input);
    Map<String, float[]> vectors = plain.vectors("id");
    Map<String, Object> before = plain.run();
    Output output = embed(input, "--dedup", "--mode", "overwrite");
    Map<String, float[]> found = output.vectors("id");
    assertThat(found.keySet()).isEqualTo(vectors.keySet()).hasSize(60);
    vectors.forEach(
        (id, vector) -> {
          if (vector == null) {
            assertThat(found.get(id)).isNull();
          } else {
            assertThat(Golden.difference(vector, found.get(id))).isLessThan(1e-6);
          }
        });
    Map<String, Object> run = output.run();
    for (String key : new String[] {"rows", "rowsWritten", "nulls", "truncated", "tokens"}) {
      assertThat(run.get(key)).as(key).isEqualTo(before.get(key));
    }
    assertThat(run).containsEntry("duplicates", 50 - 3).containsEntry("distinctTexts", 3);
  }

  @Test
  void dedupOfATemplateDropsTheTextItMade() throws IOException {
    Path input = write("in.json", "{\"a\": \"x\", \"b\": \"y\"}\n{\"a\": \"x\", \"b\": \"y\"}\n");
    Output output = embed(input, "--dedup", "--text-col", "{a}: {b}");
    assertThat(output.table().schema().fieldNames()).containsExactly("a", "b", "embedding");
    assertThat(output.table().count()).isEqualTo(2);
  }

  @Test
  void dedupWithNullsAsErrorsFailsInOneLine() throws IOException {
    Path input = write("in.json", "{\"text\": null}\n{\"text\": \"secret\"}\n");
    CommandRun run =
        CommandRun.embed(input, folder.resolve("out"), "--dedup", "--handle-invalid", "error");
    assertThat(run.failsInOneLine()).contains("1 of 2 texts are null").doesNotContain("secret");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  // The plan of a run

  @ParameterizedTest
  @ValueSource(strings = {"", "--dedup"})
  void aDryRunSaysWhatItWouldCostAndWritesNothing(String more) throws IOException {
    Path input =
        write(
            "in.txt",
            IntStream.range(0, 400)
                .mapToObj(i -> "text " + i % 100 + "\n")
                .collect(Collectors.joining()));
    Set<Path> before = files();
    String out =
        (more.isEmpty()
                ? CommandRun.embed(input, folder.resolve("out"), "--dry-run")
                : CommandRun.embed(input, folder.resolve("out"), "--dry-run", more))
            .succeeds()
            .out();
    assertThat(files()).isEqualTo(before);
    assertThat(out.lines().map(line -> line.split(" {2,}|(?<=texts to embed) +", -1)[0].strip()))
        .containsExactly(
            "Dry run: nothing was written",
            "rows",
            "texts to embed",
            "tokens",
            "truncated",
            "speed",
            "expected time",
            "core-hours",
            "output");
    assertThat(number(out, "rows")).isEqualTo(400);
    assertThat(number(out, "texts to embed")).isEqualTo(more.isEmpty() ? 400 : 100);
    assertThat(out).contains("on 2 cores");
    // The golden model gives 768 floats a row.
    assertThat(out).contains("about 1.2 MB");
    long tokens = number(out, "tokens");
    Output output = embed(input, "--window-rows", "4000", "--partitions", "1");
    int real = (int) output.run().get("tokens");
    assertThat((double) tokens * (more.isEmpty() ? 1 : 4)).isBetween(0.9 * real, 1.1 * real);
  }

  @Test
  void aDryRunOfAnEmptyTableIsFree() throws IOException {
    Path input = write("in.csv", "text\n");
    String out = CommandRun.embed(input, folder.resolve("out"), "--dry-run").succeeds().out();
    assertThat(number(out, "rows")).isZero();
    assertThat(out).contains("core-hours      0.000");
  }

  @Test
  void aDryRunAsJsonIsOneLine() throws IOException {
    Path input = write("in.txt", "one text\n".repeat(40));
    String out =
        CommandRun.embed(input, folder.resolve("out"), "--dry-run", "--json").succeeds().out();
    assertThat(out.lines()).hasSize(1);
    JsonNode plan = new ObjectMapper().readTree(out);
    assertThat(plan.get("rows").intValue()).isEqualTo(40);
    assertThat(plan.get("texts").intValue()).isEqualTo(40);
    assertThat(plan.get("expectedTokens").intValue()).isBetween(80, 400);
    assertThat(plan.get("expectedOutputBytes").longValue()).isGreaterThan(40 * 4 * 768);
    assertThat(plan.get("expectedSeconds").doubleValue()).isPositive();
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aDryRunBesideAnOutputIsRefusedAsTheRunWouldBe() throws IOException {
    Path input = write("in.txt", "one text\n");
    embed(input);
    assertThat(CommandRun.embed(input, folder.resolve("out"), "--dry-run").failsInOneLine())
        .contains("it exists");
  }

  /** The output is there: it is the checkpoint's, and the run would add to it. */
  @Test
  void aDryRunWithACheckpointSaysWhatIsDone() throws IOException {
    Path input = Files.createDirectory(folder.resolve("in"));
    Files.writeString(input.resolve("a.txt"), "one text\n".repeat(30));
    String[] checkpoint = {"--checkpoint", folder.resolve("checkpoint").toString()};
    embed(input, checkpoint);
    Files.writeString(input.resolve("b.txt"), "another text\n".repeat(20));
    String out =
        CommandRun.embed(input, folder.resolve("out"), "--dry-run", checkpoint[0], checkpoint[1])
            .succeeds()
            .out();
    assertThat(number(out, "rows")).isEqualTo(50);
    assertThat(number(out, "embedded before")).isEqualTo(30);
    assertThat(out).contains("30 rows; what follows is for all");
    assertThat(new Output(folder.resolve("out")).table().count()).isEqualTo(30);
  }

  @Test
  void aDryRunWithACheckpointRefusesWhatTheRunWould() throws IOException {
    Path input = write("in.txt", "one text\n");
    Path checkpoint = folder.resolve("checkpoint");
    String[] dry = {"--dry-run", "--checkpoint", checkpoint.toString()};
    embed(input);
    assertThat(CommandRun.embed(input, folder.resolve("out"), dry).failsInOneLine())
        .contains("it exists, and checkpoint");
    CommandRun.embed(input, folder.resolve("other"), dry[1], dry[2]).succeeds();
    assertThat(
            CommandRun.embed(
                    input, folder.resolve("other"), dry[0], dry[1], dry[2], "--precision", "int8")
                .failsInOneLine())
        .contains("Cannot go on with checkpoint");
    assertThat(checkpoint.resolve("batches")).isDirectoryContaining("glob:**.json");
  }

  private static long number(String out, String what) {
    Matcher line = Pattern.compile("(?m)^" + what + " +(?:about )?([0-9,]+)").matcher(out);
    assertThat(line.find()).as(out).isTrue();
    return Long.parseLong(line.group(1).replace(",", ""));
  }

  private Set<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new HashSet<>(files.toList());
    }
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private Output embed(Path input, String... more) {
    Path output = folder.resolve("out");
    CommandRun.embed(input, output, more).succeeds();
    return new Output(output);
  }
}
