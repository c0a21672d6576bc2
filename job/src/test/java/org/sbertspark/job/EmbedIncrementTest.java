package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

/** embed --key, --previous and --deleted. */
@ExtendWith(TestCache.class)
class EmbedIncrementTest {
  @TempDir private Path folder;
  private Path first;
  private Path input;

  @BeforeEach
  void anEarlierOutput() throws IOException {
    first = folder.resolve("first");
    input = folder.resolve("in.json");
    write("same:one", "changed:two", "gone:three", "nothing:");
  }

  private void later() throws IOException {
    write("same: one ", "changed:two, but other", "fresh:four", "nothing:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "json", "orc"})
  void onlyNewAndChangedRowsAreEmbedded(String format) throws IOException {
    embed(first, "--output-format", format).succeeds();
    later();
    Path second = folder.resolve("second");
    CommandRun run = embed(second, "--previous", first.toString()).succeeds();

    Output output = new Output(second);
    assertThat(output.run())
        .containsEntry(
            "increment", Map.of("new", 1, "changed", 1, "carriedOver", 2, "deletedDropped", 1))
        .containsEntry("rowsWritten", 4);
    assertThat(run.out()).contains("Embedded 2 rows").contains("carried over 2");
    assertThat(output.manifest().rows()).isEqualTo(4);
    assertSameAsFromScratch(output);
    // Parquet keeps what a column says of itself, carried rows or not.
    assertThat(Manifest.Embedding.ofMetadata(output.table().schema().apply("embedding")))
        .isPresent();
  }

  @Test
  void deletedRowsAreKeptIfAsked() throws IOException {
    embed(first).succeeds();
    later();
    Path second = folder.resolve("second");
    embed(second, "--previous", first.toString(), "--deleted", "keep").succeeds();
    Output output = new Output(second);
    assertThat(output.vectors("id").keySet())
        .containsExactly("changed", "fresh", "gone", "nothing", "same");
    assertThat(output.manifest().rows()).isEqualTo(5);
    assertThat(output.vectors("id").get("gone")).isNotNull();
  }

  @Test
  void anOutputIsBroughtUpToDateInItsPlace() throws IOException {
    embed(first).succeeds();
    later();
    embed(first, "--previous", first.toString(), "--mode", "overwrite").succeeds();
    assertSameAsFromScratch(new Output(first));
    // And nothing is left to do.
    CommandRun run = embed(first, "--previous", first.toString(), "--mode", "overwrite").succeeds();
    assertThat(run.out()).contains("New rows 0, changed 0, carried over 4, deleted 0");
  }

  @Test
  void othersPromptsAndModelsAreEmbeddedAnew() throws IOException {
    embed(first).succeeds();
    Path second = folder.resolve("second");
    assertThat(
            embed(second, "--previous", first.toString(), "--prompt", "query: ").succeeds().out())
        .contains("New rows 0, changed 4, carried over 0");
    Path third = folder.resolve("third");
    String other = Golden.read("bert-cls-lowercase-bin").folder().toString();
    assertThat(
            CommandRun.embedWith(other, input, third, "--key", "id", "--previous", first.toString())
                .succeeds()
                .out())
        .contains("changed 4, carried over 0");
  }

  @Test
  void vectorsOfAnotherModelAreNotKeptBesideNewOnes() throws IOException {
    embed(first).succeeds();
    String other = Golden.read("bert-cls-lowercase-bin").folder().toString();
    assertThat(
            CommandRun.embedWith(
                    other,
                    input,
                    folder.resolve("second"),
                    "--key",
                    "id",
                    "--previous",
                    first.toString(),
                    "--deleted",
                    "keep")
                .failsInOneLine())
        .contains("its vectors are of model");
  }

  @Test
  void outcomesAreCarriedOverToo() throws IOException {
    embed(first, "--outcome-col", "outcome").succeeds();
    later();
    Path second = folder.resolve("second");
    embed(second, "--outcome-col", "outcome", "--previous", first.toString()).succeeds();
    assertThat(new Output(second).rows("id", "outcome.status"))
        .extracting(row -> row.mkString(" "))
        .containsExactlyInAnyOrder("same ok", "changed ok", "fresh ok", "nothing null");
  }

  @Test
  void aKeyMustTellRowsApart() throws IOException {
    write("twice:one", "twice:two");
    assertThat(embed(first).failsInOneLine()).contains("there more than once");
    Files.writeString(input, "{\"id\": null, \"text\": \"x\"}\n");
    assertThat(embed(first).failsInOneLine()).contains("null or there more than once");
    assertThat(CommandRun.embed(input, first, "--key", "none").failsInOneLine())
        .contains("no such column");
  }

  @Test
  void keysOfAnotherTypeAreRefused() throws IOException {
    Files.writeString(input, "{\"id\": 1, \"text\": \"x\"}\n");
    embed(first).succeeds();
    Files.writeString(input, "{\"id\": \"01\", \"text\": \"x\"}\n");
    Path later = folder.resolve("later");
    assertThat(embed(later, "--previous", first.toString()).failsInOneLine())
        .contains("Cannot use key \"id\": it is string in the input and bigint in");
    assertThat(later).doesNotExist();
  }

  @Test
  void anOutputWithoutHashesCannotBeTakenOver() {
    CommandRun.embed(input, first).succeeds();
    assertThat(embed(folder.resolve("second"), "--previous", first.toString()).failsInOneLine())
        .contains("no column \"content_hash\"");
  }

  @Test
  void whatDoesNotFitTogetherIsAUsageError() {
    String previous = first.toString();
    assertThat(CommandRun.embed(input, first, "--previous", previous).code()).isEqualTo(Main.USAGE);
    assertThat(embed(first, "--deleted", "keep").code()).isEqualTo(Main.USAGE);
    assertThat(embed(first, "--previous", previous, "--mode", "append").code())
        .isEqualTo(Main.USAGE);
    assertThat(embed(first, "--checkpoint", "c").code()).isEqualTo(Main.USAGE);
  }

  @Test
  void theHashTellsApartWhatTheModelTellsApart() {
    ContentHash hash = new ContentHash("model", "", true, false);
    assertThat(hash.of(" a ")).isEqualTo(hash.of("a")).isNotEqualTo(hash.of("A")).hasSize(64);
    assertThat(hash.of(null)).isNotEqualTo(hash.of(""));
    assertThat(new ContentHash("model", "", true, true).of("A")).isEqualTo(hash.of("a"));
    assertThat(new ContentHash("model", "a", true, false).of("b"))
        .isNotEqualTo(new ContentHash("model", "", true, false).of("ab"));
    assertThat(new ContentHash("other", "", true, false).of("a")).isNotEqualTo(hash.of("a"));
  }

  private void assertSameAsFromScratch(Output output) {
    Path scratch = folder.resolve("scratch");
    embed(scratch).succeeds();
    Map<String, float[]> expected = new Output(scratch).vectors("id");
    Map<String, float[]> actual = output.vectors("id");
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (id, vector) -> {
          if (vector == null) {
            assertThat(actual.get(id)).as(id).isNull();
          } else {
            assertThat(Golden.difference(vector, actual.get(id))).as(id).isLessThan(1e-6);
          }
        });
  }

  private CommandRun embed(Path output, String... more) {
    List<String> all = new ArrayList<>(List.of("--key", "id"));
    all.addAll(List.of(more));
    return CommandRun.embed(input, output, all.toArray(String[]::new));
  }

  /** Rows {@code id:text}; no text is null. */
  private void write(String... rows) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String row : rows) {
      String[] parts = row.split(":", 2);
      String text = parts[1].isEmpty() ? "null" : "\"" + parts[1] + "\"";
      lines.add("{\"id\": \"%s\", \"text\": %s}".formatted(parts[0], text));
    }
    Files.write(input, lines);
  }
}
