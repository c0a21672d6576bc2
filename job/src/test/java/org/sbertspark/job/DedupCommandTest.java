package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.testing.TestCache;

/** What {@code dedup} marks, drops and says, and what it refuses. */
@ExtendWith(TestCache.class)
class DedupCommandTest {
  @TempDir private Path folder;
  private String rows;
  private String out;

  @BeforeEach
  void table() {
    rows = VectorFile.write(folder);
    out = folder.resolve("out").toString();
  }

  @Test
  void allRowsAreWrittenWithWhatTheyDuplicate() {
    CommandRun run = CommandRun.of("dedup", "--input", rows, "--output", out).succeeds();
    assertThat(run.out())
        .contains("Rows compared: 6 of 8; left out: null 1, zero 1, not finite 0")
        .contains("Duplicates: 3 of 8 rows (37.5%) marked, in 2 groups within cosine 0.95; 5 stay");
    Output output = new Output(Path.of(out));
    assertThat(
            output.table().orderBy("id").select("id", "duplicate_of", "group_size").collectAsList())
        .containsExactly(
            RowFactory.create(1L, null, 3L),
            RowFactory.create(2L, 1L, 3L),
            RowFactory.create(3L, 1L, 3L),
            RowFactory.create(4L, null, 2L),
            RowFactory.create(5L, 4L, 2L),
            RowFactory.create(6L, null, 1L),
            RowFactory.create(7L, null, 1L),
            RowFactory.create(8L, null, 1L));
    assertThat(output.table().columns()).contains("text", "embedding");
    assertThat(output.manifest().rows()).isEqualTo(8);
    assertThat(output.run())
        .containsEntry("duplicates", 3)
        .containsEntry("groups", 2)
        .containsEntry("zeroVectors", 1)
        .containsEntry("rowsWritten", 8);
    // What is marked cannot be marked again, but its duplicates can be dropped.
    CommandRun again =
        CommandRun.of("dedup", "--input", out, "--output", folder.resolve("more").toString());
    assertThat(again.failsInOneLine()).contains("Cannot write column \"duplicate_of\": ");
  }

  @Test
  void duplicatesAreDropped() {
    CommandRun run = CommandRun.of("dedup", "--input", rows, "--drop", "--output", out).succeeds();
    assertThat(run.out()).contains("3 of 8 rows (37.5%) dropped").contains("Wrote 5 rows to ");
    Output output = new Output(Path.of(out));
    assertThat(output.table().columns()).containsExactly("embedding", "id", "text");
    assertThat(output.table().orderBy("id").select("id").collectAsList())
        .extracting(row -> row.getLong(0))
        .containsExactly(1L, 4L, 6L, 7L, 8L);
    assertThat(output.manifest().rows()).isEqualTo(5);
  }

  @Test
  void withoutAnOutputItOnlySaysWhatWouldGo() {
    CommandRun run =
        CommandRun.of("dedup", "--input", rows, "--threshold", "0.05", "--measure", "euclidean")
            .succeeds();
    assertThat(run.out())
        .contains("Duplicates: 3 of 8 rows (37.5%) would go, in 2 groups within euclidean 0.05");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--threshold, 2, 'threshold is 2.0, expected a cosine'",
    "--threshold, NaN, 'threshold is NaN, expected a number'",
    "--block-rows, 0, 'blockRows is 0, expected 1 to'",
  })
  void optionsOutOfRangeAreUsageErrors(String option, String value, String message) {
    CommandRun run = CommandRun.of("dedup", "--input", rows, option, value);
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void whatCannotBeComparedFailsInOneLine() {
    assertThat(CommandRun.of("dedup", "--input", rows, "--id-col", "key").failsInOneLine())
        .contains("Cannot find duplicates by column \"key\": ", "name one with --id-col");
    assertThat(CommandRun.of("dedup", "--input", VectorFile.twice(folder)).failsInOneLine())
        .contains("1 of its values are there more than once");
    String shared =
        VectorFile.write(
            folder,
            "shared.jsonl",
            "{\"id\": 1, \"embedding\": [1.0, 1.0]}",
            "{\"id\": 2, \"embedding\": [1.0, 1.0]}",
            "{\"id\": 2, \"embedding\": [0.0, 0.0]}");
    assertThat(CommandRun.of("dedup", "--input", shared, "--output", out).failsInOneLine())
        .contains("rows without a usable vector share ids with others");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
