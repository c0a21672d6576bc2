package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What {@code join} reads and writes, and what it refuses. */
@ExtendWith(TestCache.class)
class JoinCommandTest {
  private static final SparkSession SPARK = SparkTestSession.get();

  @TempDir private Path folder;
  private String left;

  @BeforeEach
  void table() {
    left =
        write(
            "left.jsonl",
            "{\"id\": 1, \"embedding\": [1.0, 0.0]}",
            "{\"id\": 2, \"embedding\": [3.0, 4.0]}",
            "{\"id\": 3, \"embedding\": [0.0, 2.0]}",
            "{\"id\": 4, \"embedding\": [0.0, 0.0]}",
            "{\"id\": 5, \"embedding\": [1.0, null]}",
            "{\"id\": 6, \"embedding\": null}");
  }

  private String write(String name, String... lines) {
    try {
      return Files.write(folder.resolve(name), List.of(lines)).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private CommandRun join(String... more) {
    List<String> arguments = new ArrayList<>(List.of("join", "--left", left));
    arguments.addAll(List.of("--output", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private List<Row> written(String format) {
    Dataset<Row> pairs = SPARK.read().format(format).load(folder.resolve("out").toString());
    String score = Columns.has(pairs.schema(), "score") ? "score" : "distance";
    return pairs
        .selectExpr("left_id", "right_id", "round(" + score + ", 6)", "int(rank)")
        .orderBy("left_id", "rank")
        .collectAsList();
  }

  private Manifest manifest() {
    try {
      return Manifest.find(
              FileSystem.getLocal(new Configuration()),
              new org.apache.hadoop.fs.Path(folder.resolve("out").toString()))
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void joinsATableWithItself() {
    CommandRun run = join("--k", "1").succeeds();
    assertThat(written("parquet"))
        .containsExactly(
            RowFactory.create(1L, 2L, 0.6, 1),
            RowFactory.create(2L, 3L, 0.8, 1),
            RowFactory.create(3L, 2L, 0.8, 1));
    assertThat(run.out())
        .contains("Found 3 pairs: compared 3 by cosine")
        .contains("Rows compared: 3 of 6; left out: null 1, zero 1, not finite 1");
    assertThat(manifest().rows()).isEqualTo(3);
    assertThat(manifest().runs().get(0))
        .containsEntry("command", "join")
        .containsEntry("rows", 6)
        .containsEntry("scoredPairs", 3)
        .containsEntry("nullVectors", 1)
        .containsEntry("zeroVectors", 1)
        .containsEntry("notFiniteVectors", 1)
        .containsEntry("rowsWritten", 3);
  }

  @Test
  void joinsTwoTables() {
    String right = write("right.jsonl", "{\"id\": \"a\", \"embedding\": [1.0, 1.0]}");
    join("--right", right, "--k", "5", "--output-format", "json").succeeds();
    assertThat(written("json"))
        .containsExactly(
            RowFactory.create(1L, "a", 0.707107, 1),
            RowFactory.create(2L, "a", 0.989949, 1),
            RowFactory.create(3L, "a", 0.707107, 1));
    assertThat(manifest().runs().get(0)).containsEntry("rightRows", 1);
  }

  @Test
  void aDistanceIsCalledDistance() {
    join("--threshold", "3", "--measure", "euclidean").succeeds();
    assertThat(SPARK.read().parquet(folder.resolve("out").toString()).columns())
        .containsExactly("left_id", "right_id", "distance", "rank");
    assertThat(written("parquet")).contains(RowFactory.create(4L, 1L, 1.0, 1));
  }

  @Test
  void anApproximateJoinTellsItsRecall() {
    left = folder.resolve("many").toString();
    SPARK
        .range(100)
        .selectExpr("id", "array(cos(id), sin(id), cos(id * 7)) as embedding")
        .write()
        .parquet(left);
    CommandRun run = join("--k", "3", "--approximate", "--target-recall", "0.9").succeeds();
    assertThat(run.out()).containsPattern("Recall (0.9|1.0)[0-9]+, measured on 100 rows; ");
    assertThat(manifest().runs().get(0))
        .containsKeys("recall", "shareOfExact")
        .containsEntry("lists", 10)
        .containsEntry("exactPairs", 4950);
  }

  @Test
  void rowsWithAllTheNeighboursThatTheyMayHaveAreToldOf() {
    CommandRun run = join("--threshold", "0.5", "--max-per-row", "1").succeeds();
    assertThat(run.err()).contains("warning: 3 rows have --max-per-row 1 neighbours");
    assertThat(manifest().runs().get(0)).containsEntry("rowsWithMaxPerRow", 3);
  }

  @ParameterizedTest
  @CsvSource({
    "--k 0, 'k is 0, expected 1 or more'",
    "--k -3, 'k is -3, expected 1 or more'",
    "--k x, 'Invalid value for option'",
    "--threshold 2, 'threshold is 2.0, expected a cosine'",
    "--threshold NaN, 'threshold is NaN, expected a number'",
    "--threshold -1 --measure euclidean, 'threshold is -1.0, expected a distance'",
    "--k 1 --max-per-row 0, 'maxPerRow is 0, expected 1 or more'",
    "--k 1 --block-rows 0, 'blockRows is 0, expected 1 to'",
    "--k 1 --measure manhattan, 'cosine, dot, euclidean'",
    "--k 1 --approximate --probes 0, 'probes is 0, expected 1 or more'",
    "--k 1 --approximate --target-recall 2, 'targetRecall is 2.0, expected a share'",
    "--k 1 --approximate --lists 1, 'lists is 1, expected 0 (choose) or 2'",
    "--k 1 --device tpu, 'auto, cpu, cuda, cuda:N'",
    "'', 'Give --k, --threshold or both'",
  })
  void optionsOutOfRangeAreUsageErrors(String options, String message) {
    CommandRun run = join(options.isEmpty() ? new String[0] : options.split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }

  @Test
  void whatCannotBeJoinedFailsInOneLine() {
    assertThat(join("--k", "1", "--id-col", "key").failsInOneLine())
        .contains("Cannot join by column \"key\": ", "name one with --id-col");
    assertThat(join("--k", "1", "--embedding-col", "v").failsInOneLine())
        .contains("Cannot join by column \"v\": ", "name one with --embedding-col");
    assertThat(join("--k", "1", "--embedding-col", "id").failsInOneLine())
        .contains("Cannot join by column \"id\"", "it is bigint, expected vector");
    assertThat(join("--k", "1", "--right", folder + "/none").failsInOneLine())
        .contains("none: no such file or folder");
    String twice =
        write(
            "twice.jsonl",
            "{\"id\": 1, \"embedding\": [1.0, 1.0]}",
            "{\"id\": 1, \"embedding\": [1.0, 2.0]}");
    assertThat(join("--k", "1", "--right", twice).failsInOneLine())
        .contains("1 of its values are there more than once");
    String three = write("three.jsonl", "{\"id\": 1, \"embedding\": [1.0, 1.0, 1.0]}");
    assertThat(join("--k", "1", "--right", three).failsInOneLine())
        .contains("Cannot compare vectors of 2 and of 3 components");
    String nameless = write("nameless.jsonl", "{\"id\": null, \"embedding\": [1.0, 1.0]}");
    assertThat(join("--k", "1", "--right", nameless).code()).isEqualTo(Main.FAILED);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void vectorsOfTwoModelsAreRefused() {
    String texts =
        write("t.jsonl", "{\"id\": 1, \"text\": \"one\"}", "{\"id\": 2, \"text\": \"two\"}");
    CommandRun.embed(Path.of(texts), folder.resolve("a")).succeeds();
    CommandRun.embed(Path.of(texts), folder.resolve("q"), "--prompt", "query: ").succeeds();
    CommandRun.embedWith(
            Golden.read("mpnet-mean-normalize").folder().toString(),
            Path.of(texts),
            folder.resolve("b"))
        .succeeds();
    left = folder.resolve("a").toString();
    assertThat(join("--k", "1", "--right", folder.resolve("b").toString()).failsInOneLine())
        .contains("the vectors are of different models");
    // Queries and documents have prompts of their own.
    join("--k", "1", "--right", folder.resolve("q").toString()).succeeds();
    assertThat(manifest().runs().get(0)).containsKey("model");
    join("--k", "1", "--mode", "append").succeeds();
    assertThat(manifest().rows()).isEqualTo(4);
  }

  @Test
  void appendToRowsOfUnknownOriginIsRefused() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    Path foreign = Files.writeString(out.resolve("part-0.parquet"), "something else");

    assertThat(join("--k", "1", "--mode", "append").failsInOneLine())
        .contains("Cannot append to", Manifest.FILE_NAME, "nothing tells");
    try (var files = Files.list(out)) {
      assertThat(files).containsExactly(foreign);
    }
  }
}
