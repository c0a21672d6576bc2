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

/** What {@code mine} shows and writes, and what it refuses. */
@ExtendWith(TestCache.class)
class MineCommandTest {
  @TempDir private Path folder;
  private String rows;

  @BeforeEach
  void table() {
    rows = VectorFile.write(folder);
  }

  @Test
  void theNearestPairsAreShownWithTheirTexts() {
    CommandRun run =
        CommandRun.of("mine", "--input", rows, "--top", "2", "--show-col", "text").succeeds();
    assertThat(run.out())
        .contains("Rows compared: 6 of 8; left out: null 1, zero 1, not finite 0")
        .contains("Found 2 pairs by cosine")
        .containsPattern("    1   1[.]0000  2  3\n +two\n +three\n    2   1[.]0000  1  2\n");
  }

  @Test
  void pairsAreWritten() {
    String out = folder.resolve("out").toString();
    CommandRun.of("mine", "--input", rows, "--threshold", "0.9", "--output", out).succeeds();
    Output output = new Output(Path.of(out));
    assertThat(
            output
                .table()
                .orderBy("rank")
                .selectExpr("left_id", "right_id", "round(score, 4)", "rank")
                .collectAsList())
        .containsExactly(
            RowFactory.create(2L, 3L, 1.0, 1),
            RowFactory.create(1L, 2L, 1.0, 2),
            RowFactory.create(4L, 5L, 1.0, 3),
            RowFactory.create(1L, 3L, 0.9998, 4));
    assertThat(output.run())
        .containsEntry("command", "mine")
        .containsEntry("nullVectors", 1)
        .containsEntry("rowsWritten", 4);
  }

  @ParameterizedTest
  @CsvSource({
    "--top, 0, 'top is 0, expected 1 to 5000000'",
    "--threshold, -2, 'threshold is -2.0, expected a cosine'",
  })
  void optionsOutOfRangeAreUsageErrors(String option, String value, String message) {
    CommandRun run = CommandRun.of("mine", "--input", rows, option, value);
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void whatCannotBeComparedFailsInOneLine() {
    assertThat(CommandRun.of("mine", "--input", rows, "--embedding-col", "v").failsInOneLine())
        .contains("Cannot mine by column \"v\": ", "name one with --embedding-col");
    assertThat(CommandRun.of("mine", "--input", rows, "--show-col", "title").failsInOneLine())
        .contains("Cannot show column \"title\"");
    assertThat(CommandRun.of("mine", "--input", VectorFile.twice(folder)).failsInOneLine())
        .contains("1 of its values are there more than once");
  }
}
