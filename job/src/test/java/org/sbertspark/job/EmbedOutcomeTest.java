package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/** embed --outcome-col and --max-failures, with a model whose engine fails on a word. */
@ExtendWith(TestCache.class)
class EmbedOutcomeTest {
  /** Its token has a number for which the model has no weights. */
  private static final String FATAL = "<fatal>";

  @TempDir private Path folder;
  private Path input;
  private Path model;

  @BeforeEach
  void modelThatFailsOnAWord() throws IOException {
    model = Folders.copy(Path.of(CommandRun.MODEL), folder.resolve("model"));
    ObjectMapper json = new ObjectMapper();
    Path file = model.resolve("tokenizer.json");
    JsonNode tokenizer = json.readTree(file.toFile());
    ArrayNode added = (ArrayNode) tokenizer.get("added_tokens");
    added
        .addObject()
        .put("id", 99_999)
        .put("content", FATAL)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", false);
    json.writeValue(file.toFile(), tokenizer);
    input =
        Files.writeString(
            folder.resolve("in.json"),
            """
            {"id": "a", "text": "some words"}
            {"id": "b", "text": null}
            {"id": "c", "text": ""}
            {"id": "d", "text": "a %s word"}
            {"id": "e", "text": "more words"}
            """
                .formatted(FATAL));
  }

  @Test
  void aRowThatFailsIsQuarantinedAndTheOthersHaveTheirVectors() {
    Output output = new Output(folder.resolve("out"));
    embed(output, "--max-failures", "1", "--outcome-col", "outcome").succeeds();
    assertThat(output.rows("id", "outcome.status", "outcome.reason", "embedding is null"))
        .extracting(row -> row.mkString(" "))
        .containsExactlyInAnyOrder(
            "a ok null false",
            "b null null true",
            "c empty null false",
            "d failed engine true",
            "e ok null false");
    assertThat(output.run()).containsEntry("failed", 1);
    assertThat(output.rows("outcome.tokens", "outcome.truncated").get(0).getInt(0)).isPositive();
  }

  @Test
  void withoutAnAllowanceTheRunFailsAndLeavesNothing() {
    Output output = new Output(folder.resolve("out"));
    String line = embed(output, "--outcome-col", "outcome").failsInOneLine();
    assertThat(line).contains("The engine failed on a batch").doesNotContain(FATAL);
    assertThat(output.folder()).doesNotExist();
  }

  @Test
  void theLimitHoldsForAllTasksTogether() throws IOException {
    Files.writeString(input, Files.readString(input).repeat(3));
    Output output = new Output(folder.resolve("out"));
    CommandRun run = embed(output, "--max-failures", "2", "--partitions", "3");
    assertThat(run.code()).isEqualTo(Main.FAILED);
    assertThat(run.err()).contains("3 rows failed").contains("--max-failures 2");
    assertThat(output.folder()).doesNotExist();
  }

  @Test
  void itGoesWithACheckpoint() {
    Output output = new Output(folder.resolve("out"));
    String checkpoint = folder.resolve("checkpoint").toString();
    embed(output, "--checkpoint", checkpoint).failsInOneLine();
    embed(output, "--checkpoint", checkpoint, "--max-failures", "1").succeeds();
    assertThat(output.table().count()).isEqualTo(5);
  }

  @Test
  void theLimitHoldsForAllRunsOfACheckpointTogether() throws IOException {
    Output output = new Output(folder.resolve("out"));
    String checkpoint = folder.resolve("checkpoint").toString();
    Path first = input;
    input = Files.createDirectory(folder.resolve("in"));
    Files.copy(first, input.resolve("a.json"));
    embed(output, "--checkpoint", checkpoint, "--max-failures", "1").succeeds();
    Files.copy(first, input.resolve("b.json"));
    CommandRun second = embed(output, "--checkpoint", checkpoint, "--max-failures", "1");
    assertThat(second.code()).isEqualTo(Main.FAILED);
    assertThat(second.err())
        .contains("2 rows failed, which is more than --max-failures 1; the last batch was not");
    assertThat(output.table().count()).isEqualTo(5);
    embed(output, "--checkpoint", checkpoint, "--max-failures", "2").succeeds();
    assertThat(output.table().count()).isEqualTo(10);
  }

  private CommandRun embed(Output output, String... more) {
    return CommandRun.embedWith(model.toString(), input, output.folder(), more);
  }
}
