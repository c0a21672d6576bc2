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

/** What {@code communities} writes and says, and what it refuses. */
@ExtendWith(TestCache.class)
class CommunitiesCommandTest {
  @TempDir private Path folder;
  private String rows;
  private String out;

  @BeforeEach
  void table() {
    rows = VectorFile.write(folder);
    out = folder.resolve("out").toString();
  }

  private CommandRun communities(String... more) {
    String[] arguments = new String[more.length + 5];
    arguments[0] = "communities";
    arguments[1] = "--input";
    arguments[2] = rows;
    arguments[3] = "--output";
    arguments[4] = out;
    System.arraycopy(more, 0, arguments, 5, more.length);
    return CommandRun.of(arguments);
  }

  @Test
  void allRowsAreWrittenWithTheirCommunity() {
    CommandRun run = communities("--min-size", "2").succeeds();
    assertThat(run.out())
        .contains("Rows compared: 6 of 8; left out: null 1, zero 1, not finite 0")
        .contains("Community 0: 3 rows\nCommunity 1: 2 rows\n")
        .contains("Found 2 communities with 5 of 8 rows");
    Output output = new Output(Path.of(out));
    assertThat(
            output
                .table()
                .orderBy("id")
                .select("id", "community", "community_rank")
                .collectAsList())
        .containsExactly(
            RowFactory.create(1L, 0, 1),
            RowFactory.create(2L, 0, 2),
            RowFactory.create(3L, 0, 3),
            RowFactory.create(4L, 1, 1),
            RowFactory.create(5L, 1, 2),
            RowFactory.create(6L, null, null),
            RowFactory.create(7L, null, null),
            RowFactory.create(8L, null, null));
    assertThat(output.run())
        .containsEntry("communities", 2)
        .containsEntry("rowsInCommunities", 5)
        .containsEntry("rowsWritten", 8);
  }

  @ParameterizedTest
  @CsvSource({
    "--min-size 1, 'minSize is 1, expected 2 or more'",
    "--threshold 1.5, 'threshold is 1.5, expected a cosine'",
    "--max-per-row 0, 'maxPerRow is 0, expected 1 or more'",
  })
  void optionsOutOfRangeAreUsageErrors(String options, String message) {
    CommandRun run = communities(options.split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void whatCannotBeDoneFailsInOneLine() {
    assertThat(communities("--id-col", "key").failsInOneLine())
        .contains("Cannot find communities by column \"key\": ", "name one with --id-col");
    assertThat(communities("--max-per-row", "2").failsInOneLine())
        .contains("Cannot detect communities: 3 rows have 2 neighbours within the threshold");
    rows = VectorFile.twice(folder);
    assertThat(communities().failsInOneLine()).contains("1 of its values are there more than once");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
