package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.PromptedModel;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What {@code search} finds, with which model, prompt and settings, and what it refuses. */
@ExtendWith(TestCache.class)
class SearchCommandTest {
  private static final String TEXTS =
      """
      {"id": 1, "text": "the parcel is late"}
      {"id": 2, "text": "a cat sleeps"}
      {"id": 3, "text": null}
      {"id": 4, "text": "an invoice was sent"}
      """;

  /** Its prompts are query and document, and document is the default. */
  @TempDir private static Path model;

  @TempDir private static Path shared;
  private static String index;

  @TempDir private Path folder;

  @BeforeAll
  static void writeIndex() throws IOException {
    PromptedModel.write(model);
    Path texts = Files.writeString(shared.resolve("texts.jsonl"), TEXTS);
    index = shared.resolve("index").toString();
    CommandRun.embedWith(
            model.toString(), texts, Path.of(index), "--truncate-dim", "10", "--normalize")
        .succeeds();
  }

  private static CommandRun search(String... more) {
    List<String> arguments = new ArrayList<>(List.of("search", "--index", index));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  @Test
  void theNearestRowsAreShownInOrder() {
    // With the documents' prompt a query is its document, and their cosine 1.
    CommandRun run =
        search(
                "--query",
                "a cat sleeps",
                "the parcel is late",
                "--k",
                "2",
                "--prompt-name",
                "document",
                "--show-col",
                "text")
            .succeeds();
    assertThat(run.out())
        .containsPattern("Query 1: a cat sleeps\n    1   1.0000  2  a cat sleeps\n    2 ")
        .containsPattern("Query 2: the parcel is late\n    1   1.0000  1  the parcel is late\n")
        .contains("with the prompt \"document: \"")
        .contains("Queries compared: 2 of 2; left out: null 0")
        .contains("Rows compared: 3 of 4; left out: null 1");
  }

  @Test
  void thePromptForQueriesIsTheDefault() {
    assertThat(search("--query", "a cat sleeps").succeeds().out())
        .contains("with the prompt \"query: \"")
        .doesNotContain("1.0000  2");
    assertThat(search("--query", "document: a cat sleeps", "--prompt", "").succeeds().out())
        .contains("without a prompt")
        .contains("1   1.0000  2");
  }

  @Test
  void resultsOfAFileOfQueriesAreWritten() throws IOException {
    Path queries =
        Files.writeString(
            folder.resolve("queries.jsonl"),
            "{\"text\": \"a cat sleeps\"}\n{\"text\": null}\n{\"text\": \"an invoice was sent\"}\n");
    CommandRun run =
        search(
                "--queries",
                queries.toString(),
                "--k",
                "1",
                "--prompt-name",
                "document",
                "--show-col",
                "text",
                "--output",
                folder.resolve("out").toString())
            .succeeds();
    assertThat(run.out()).contains("Queries compared: 2 of 3; left out: null 1");
    Output output = new Output(folder.resolve("out"));
    assertThat(
            output
                .table()
                .selectExpr("query_id", "query", "id", "round(score, 5)", "rank", "text")
                .orderBy("query_id")
                .collectAsList())
        .containsExactly(
            row(1L, "a cat sleeps", 2L, 1.0, 1, "a cat sleeps"),
            row(3L, "an invoice was sent", 4L, 1.0, 1, "an invoice was sent"));
    assertThat(output.run())
        .containsEntry("command", "search")
        .containsEntry("prompt", "document: ")
        .containsEntry("queries", 3)
        .containsEntry("queriesWithoutVector", 1)
        .containsEntry("rowsWritten", 2)
        .containsKey("model");
  }

  private static Row row(Object... values) {
    return RowFactory.create(values);
  }

  @Test
  void aQueryThatNothingIsFoundForIsSaidSo() {
    assertThat(search("--query", "xyz", "--threshold", "0.99999").succeeds().out())
        .contains("Query 1: xyz\n       nothing found");
  }

  @Test
  void anIndexOfAnotherModelIsRefused() {
    String other = Golden.read("mpnet-mean-normalize").folder().toString();
    assertThat(search("--query", "a", "--model", other).failsInOneLine())
        .contains("Cannot search " + index + " with model ")
        .contains("its vectors are of model ");
  }

  @Test
  void aModelThatHasMovedMustBeNamed() throws IOException {
    Path moved = folder.resolve("moved");
    Folders.copy(model, moved);
    Path texts = Files.writeString(folder.resolve("texts.jsonl"), TEXTS);
    Path moving = folder.resolve("index");
    CommandRun.embedWith(moved.toString(), texts, moving).succeeds();
    assertThat(FileUtil.fullyDelete(moved.toFile())).isTrue();
    CommandRun lost = CommandRun.of("search", "--index", moving.toString(), "--query", "a");
    assertThat(lost.failsInOneLine())
        .contains("its model is no longer where its manifest says; name it with --model");
    CommandRun.of(
            "search", "--index", moving.toString(), "--query", "a", "--model", model.toString())
        .succeeds();
  }

  @Test
  void vectorsOfAnUnknownModelNeedOneToBeNamed() {
    String unknown = folder.resolve("unknown").toString();
    SparkTestSession.get()
        .range(3)
        .selectExpr("id", "transform(sequence(1, 32), x -> float(x + id)) as embedding")
        .write()
        .json(unknown);
    assertThat(CommandRun.of("search", "--index", unknown, "--query", "a").failsInOneLine())
        .contains("nothing tells which model made its vectors; name it with --model");
    CommandRun run =
        CommandRun.of("search", "--index", unknown, "--query", "a", "--model", CommandRun.MODEL);
    assertThat(run.err()).contains("warning: nothing tells which model made the vectors of ");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'Give --query or --queries'",
    "--query a --queries b, 'Give --query or --queries'",
    "--query a --k 0, 'k is 0, expected 1 or more'",
    "--query a --threshold 2, 'threshold is 2.0, expected a cosine'",
    "--query a --measure manhattan, 'cosine, dot, euclidean'",
    "--query a --prompt x --prompt-name y, '--prompt-name is y, expected no --prompt beside it'",
  })
  void optionsOutOfRangeAreUsageErrors(String options, String message) {
    CommandRun run = search(options.isEmpty() ? new String[0] : options.split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void whatCannotBeSearchedFailsInOneLine() {
    assertThat(search("--query", "a", "--id-col", "key").failsInOneLine())
        .contains("Cannot search by column \"key\": ", "name one with --id-col");
    assertThat(search("--query", "a", "--embedding-col", "text").failsInOneLine())
        .contains("Cannot search by column \"text\"", "it is string, expected vector");
    assertThat(search("--query", "a", "--show-col", "title").failsInOneLine())
        .contains("Cannot show column \"title\"", "name one with --show-col");
    assertThat(search("--query", "a", "--prompt-name", "title").failsInOneLine())
        .contains("Cannot use prompt \"title\"");
    assertThat(search("--queries", folder + "/none").failsInOneLine())
        .contains("none: no such file or folder");
  }
}
