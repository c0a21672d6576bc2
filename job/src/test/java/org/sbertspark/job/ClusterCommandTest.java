package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What {@code cluster} reads, writes and saves, and what it refuses. */
@ExtendWith(TestCache.class)
class ClusterCommandTest {
  private static final SparkSession SPARK = SparkTestSession.get();
  private static final String MODEL = CommandRun.MODEL;

  @TempDir private Path folder;

  private CommandRun cluster(String output, String... more) {
    return cluster(2, output, more);
  }

  private CommandRun cluster(int k, String output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("cluster", "--k", String.valueOf(k)));
    arguments.addAll(List.of("--output", folder.resolve(output).toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private String texts(String name, int rows) {
    List<String> lines =
        IntStream.range(0, rows)
            .mapToObj("{\"id\": %d, \"title\": \"title %<d\", \"text\": \"text %<d\"}"::formatted)
            .toList();
    return write(name, lines);
  }

  private String write(String name, List<String> lines) {
    try {
      return Files.write(folder.resolve(name), lines).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertFails(CommandRun result, String message) {
    assertThat(result.code()).isEqualTo(Main.FAILED);
    assertThat(result.err()).startsWith("sbert-spark: ").contains(message).hasLineCount(1);
  }

  private static void assertOk(CommandRun result) {
    assertThat(result.code()).as(result.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"json, vector", "orc, vector", "parquet, vector", "json, array", "orc, array"})
  void clustersWhatEmbedHasWritten(String format, String type) {
    String vectors = folder.resolve("vectors").toString();
    assertOk(
        CommandRun.of(
            "embed",
            "--model",
            MODEL,
            "--input",
            texts("t.jsonl", 8),
            "--output",
            vectors,
            "--output-format",
            format,
            "--output-type",
            type));
    String saved = folder.resolve("model").toString();
    assertOk(cluster("out", "--input", vectors, "--save-model", saved));

    Dataset<Row> clustered = SPARK.read().parquet(folder.resolve("out").toString());
    assertThat(clustered.columns()).contains("id", "embedding", "cluster", "distance");
    assertThat(clustered.columns()).noneMatch(column -> column.startsWith("_sbert"));
    assertThat(clustered.filter("cluster is null").count()).isZero();
    Dataset<Row> input = SPARK.read().format(format).load(vectors);
    assertThat(clusters(PipelineModel.load(saved).transform(input))).isEqualTo(clusters(clustered));
  }

  @ParameterizedTest
  @CsvSource({"text", "'{title}. {text}'"})
  void theSavedModelTakesTexts(String textColumn) {
    String saved = folder.resolve("model").toString();
    String texts = texts("t.jsonl", 8);
    assertOk(
        cluster(
            "out",
            "--model",
            MODEL,
            "--input",
            texts,
            "--text-col",
            textColumn,
            "--save-model",
            saved));

    Dataset<Row> clustered = SPARK.read().parquet(folder.resolve("out").toString());
    assertThat(clustered.columns()).noneMatch(column -> column.startsWith("_sbert"));
    Dataset<Row> withNull =
        SPARK
            .read()
            .json(texts)
            .unionByName(
                SPARK.sql("select 99L as id, string(null) as title, string(null) as text"));
    assertThat(clusters(PipelineModel.load(saved).transform(withNull)))
        .isEqualTo(clusters(clustered));
  }

  @ParameterizedTest
  @CsvSource({"cosine", "euclidean"})
  void rowsWithoutAUsableVectorAreKeptAndCounted(String distance) {
    String vectors =
        write(
            "v.jsonl",
            List.of(
                "{\"id\": 0, \"embedding\": [1.0, 0.0]}",
                "{\"id\": 1, \"embedding\": [0.9, 0.1]}",
                "{\"id\": 2, \"embedding\": [0.0, 1.0]}",
                "{\"id\": 3, \"embedding\": [0.0, 0.0]}",
                "{\"id\": 4, \"embedding\": [1.0, null]}",
                "{\"id\": 5, \"embedding\": null}",
                "{\"id\": 6, \"embedding\": [NaN, 1.0]}"));
    assertOk(cluster("out", "--input", vectors, "--distance", distance));

    List<Row> rows =
        SPARK.read().parquet(folder.resolve("out").toString()).orderBy("id").collectAsList();
    assertThat(rows)
        .extracting(row -> row.isNullAt(row.fieldIndex("cluster")))
        .containsExactly(false, false, false, true, true, true, true);
    assertThat(rows)
        .extracting(row -> row.isNullAt(row.fieldIndex("distance")))
        .containsExactly(false, false, false, true, true, true, true);
    assertThat(manifest("out").runs().get(0))
        .containsEntry("nullVectors", 1)
        .containsEntry("zeroVectors", 1)
        .containsEntry("notFiniteVectors", 2)
        .containsEntry("rowsWritten", 7);
  }

  @Test
  void existingModelFolderIsRefusedBeforeAnyWork() throws IOException {
    Files.createDirectory(folder.resolve("model"));
    CommandRun result =
        cluster(
            "out",
            "--model",
            MODEL,
            "--input",
            texts("t.jsonl", 8),
            "--save-model",
            folder.resolve("model").toString());
    assertThat(result.code()).isEqualTo(Main.FAILED);
    assertThat(result.err()).contains("Cannot save the model to").contains("it exists");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void fingerprintOfTheColumnGoesIntoTheManifest() {
    String vectors = folder.resolve("vectors").toString();
    assertOk(
        CommandRun.of(
            "embed", "--model", MODEL, "--input", texts("t.jsonl", 8), "--output", vectors));
    // A copy by Spark has no manifest; the column's metadata stays.
    String copy = folder.resolve("copy").toString();
    SPARK.read().parquet(vectors).write().parquet(copy);
    assertOk(cluster("out", "--input", copy));

    assertThat(manifest("out").embeddings().get("embedding").fingerprint())
        .isEqualTo(manifest("vectors").embeddings().get("embedding").fingerprint());
  }

  @Test
  void appendOfVectorsOfUnknownModelIsRefused() {
    String vectors = folder.resolve("vectors").toString();
    assertOk(
        CommandRun.of(
            "embed", "--model", MODEL, "--input", texts("t.jsonl", 8), "--output", vectors));
    assertOk(cluster("out", "--input", vectors));
    String unknown = write("unknown.jsonl", List.of("{\"embedding\": [1.0, 0.5]}"));

    CommandRun result = cluster("out", "--input", unknown, "--mode", "append");

    assertThat(result.code()).isEqualTo(Main.FAILED);
    assertThat(result.err()).contains("Cannot append to").contains("nothing tells");
    assertThat(manifest("out").runs()).hasSize(1);
  }

  @Test
  void fewerThanTwoClustersIsAUsageError() {
    CommandRun result = cluster(1, "out", "--input", "missing.jsonl");
    assertThat(result.code()).isEqualTo(Main.USAGE);
    assertThat(result.err()).startsWith("sbert-spark: --k is 1, expected 2 clusters or more");
  }

  @Test
  void moreClustersThanVectorsAreRefused() {
    String vectors =
        write("v.jsonl", List.of("{\"embedding\": [1.0, 0.0]}", "{\"embedding\": null}"));
    CommandRun result = cluster(2, "out", "--input", vectors);
    assertFails(result, "Cannot make 2 clusters: only 1 of 2 rows have a vector");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void vectorsOfSeveralLengthsAreRefused() {
    String vectors =
        write("v.jsonl", List.of("{\"embedding\": [1.0, 0.0]}", "{\"embedding\": [1.0]}"));
    assertFails(cluster("out", "--input", vectors), "its vectors have from 1 to 2 components");
  }

  @ParameterizedTest
  @CsvSource({"cluster, --cluster-col", "distance, --distance-col", "outlier, --outlier-col"})
  void existingColumnsAreRefusedAndCanBeCalledOtherwise(String column, String option) {
    String vectors =
        write(
            "v.jsonl",
            List.of(
                "{\"embedding\": [1.0, 0.0], \"%s\": 7}".formatted(column),
                "{\"embedding\": [0.0, 1.0], \"%s\": 7}".formatted(column)));
    assertFails(
        cluster("out", "--input", vectors),
        "Cannot write to column \"%s\": the input has it already".formatted(column));

    assertOk(cluster("out", "--input", vectors, option, "other"));
    Dataset<Row> rows = SPARK.read().parquet(folder.resolve("out").toString());
    assertThat(rows.filter(column + " = 7 and other is not null").count()).isEqualTo(2);
  }

  @Test
  void columnThatIsMissingOrHoldsNoVectorsIsRefused() {
    String texts = texts("t.jsonl", 3);
    assertFails(
        cluster("out", "--input", texts),
        "Cannot cluster by column \"embedding\": the input has no such column, it has: id, text, title");
    assertFails(
        cluster("out", "--input", texts, "--embedding-col", "text"),
        "Cannot cluster by column \"text\": it is string, expected vector");
  }

  @Test
  void vectorsOfTwoModelsAreRefusedTogether() {
    String texts = texts("t.jsonl", 3);
    String other = Golden.read("mpnet-mean-normalize").folder().toString();
    String first = folder.resolve("first").toString();
    String second = folder.resolve("second").toString();
    assertOk(CommandRun.of("embed", "--model", MODEL, "--input", texts, "--output", first));
    assertOk(CommandRun.of("embed", "--model", other, "--input", texts, "--output", second));

    CommandRun result = cluster("out", "--input", first, "--input", second);

    assertFails(result, "their vectors are of different models");
    assertThat(result.err())
        .contains(manifest("first").embeddings().get("embedding").fingerprint().substring(0, 12))
        .contains(manifest("second").embeddings().get("embedding").fingerprint().substring(0, 12));

    assertOk(cluster("out", "--input", first));
    assertFails(cluster("out", "--input", second, "--mode", "append"), "its vectors are of model");
    assertThat(manifest("out").runs()).hasSize(1);
  }

  @Test
  void appendOfTheSameModelAddsRowsAndARun() {
    String vectors = folder.resolve("vectors").toString();
    assertOk(
        CommandRun.of(
            "embed", "--model", MODEL, "--input", texts("t.jsonl", 3), "--output", vectors));
    assertOk(cluster("out", "--input", vectors));
    CommandRun result = cluster("out", "--input", vectors, "--mode", "append");
    assertOk(result);
    assertThat(result.err()).contains("note: a cluster's number means another cluster");
    assertThat(manifest("out").rows()).isEqualTo(6);
    assertThat(manifest("out").runs()).hasSize(2);
    assertThat(SPARK.read().parquet(folder.resolve("out").toString()).count()).isEqualTo(6);
  }

  @Test
  void printsSizesSilhouetteAndTheNearestTexts() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      lines.add("{\"text\": \"east %d\", \"embedding\": [1.0, 0.0%d]}".formatted(i, i));
    }
    lines.add("{\"text\": \"north\", \"embedding\": [0.0, 1.0]}");
    CommandRun result = cluster("out", "--input", write("v.jsonl", lines));
    assertOk(result);
    assertThat(result.out())
        .contains("5 rows", "1 rows", "    north", "Silhouette: ")
        // East 2 is in the middle; the outermost is not among the three.
        .contains("    east 2")
        .doesNotContain("east 4");
  }

  @ParameterizedTest
  @CsvSource({"cosine", "euclidean"})
  void distanceIsThatToTheCentreOfTheRowsOfACluster(String distance) {
    String vectors =
        write(
            "v.jsonl",
            List.of(
                "{\"id\": 0, \"embedding\": [3.0, 0.0]}",
                "{\"id\": 1, \"embedding\": [0.0, 1.0]}",
                "{\"id\": 2, \"embedding\": [0.0, 1.0]}"));
    assertOk(cluster("out", "--input", vectors, "--distance", distance));
    List<Row> rows =
        SPARK
            .read()
            .parquet(folder.resolve("out").toString())
            .orderBy("id")
            .select("cluster", "distance")
            .collectAsList();
    assertThat(rows).extracting(row -> row.getDouble(1)).allMatch(d -> Math.abs(d) < 1e-9);
    assertThat(rows.get(1).getInt(0)).isEqualTo(rows.get(2).getInt(0));
    assertThat(rows.get(0).getInt(0)).isNotEqualTo(rows.get(1).getInt(0));
  }

  /** Two groups of eight and one of two, far apart, with a label each. */
  private String groups() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      int group = i < 16 ? i % 2 : 2;
      double[] vector = {0.01 * i, 0.01 * i, 0.01 * i};
      vector[group] = 1;
      lines.add(
          "{\"id\": %d, \"label\": %s, \"words\": \"%s\", \"embedding\": %s}"
              .formatted(
                  i,
                  i == 5 ? "null" : String.valueOf(group),
                  List.of("apples and pears", "rain and wind", "dogs").get(group),
                  Arrays.toString(vector)));
    }
    return write("groups.jsonl", lines);
  }

  @Test
  void autoTakesTheNumberWithTheHighestSilhouette() {
    CommandRun run =
        CommandRun.of(
                "cluster",
                "--k",
                "auto:2..5",
                "--input",
                groups(),
                "--output",
                folder.resolve("out").toString())
            .succeeds();
    assertThat(run.out())
        .contains("Silhouettes of 18 rows", "    k = 2    ")
        .containsPattern("k = 3    0\\.\\d{3}  <- chosen")
        .contains("into 3 clusters");
    assertThat(manifest("out").runs().get(0))
        .containsEntry("kChosen", 3)
        .containsEntry("kSampleRows", 18)
        .containsKey("kSilhouettes");
  }

  @Test
  void autoNeedsMoreVectorsThanItsRangeBeginsWith() {
    CommandRun run =
        CommandRun.of(
            "cluster",
            "--k",
            "auto:18..40",
            "--input",
            groups(),
            "--output",
            folder.resolve("out").toString());
    assertFails(run, "Cannot choose --k auto:18..40: only 18 rows have a vector");
  }

  @Test
  void labelsAreComparedAndNullsAmongThemCounted() {
    CommandRun run = cluster(3, "out", "--input", groups(), "--label-col", "LABEL");
    assertOk(run);
    assertThat(run.out())
        .contains(
            "Against 3 labels of 17 rows (1 have none): V-measure 1.000, ARI 1.000, NMI 1.000");
    assertThat(manifest("out").runs().get(0)).containsKey("againstLabels");
  }

  @Test
  void aLabelColumnThatIsMissingOrHasPartsIsRefused() {
    assertFails(
        cluster("out", "--input", groups(), "--label-col", "topic"),
        "Cannot compare clusters with column \"topic\": the input has no such column, it has: ");
    assertFails(
        cluster("out", "--input", groups(), "--label-col", "embedding"),
        "Cannot compare clusters with column \"embedding\": it is array<double>, expected");
  }

  @Test
  void clustersAreNamedByTheTextsThatWereAskedFor() {
    CommandRun run = cluster(3, "out", "--input", groups(), "--text-col", "words");
    assertOk(run);
    assertThat(run.out())
        .containsPattern("Cluster \\d \\(apples, pears\\): 8 rows")
        .containsPattern("Cluster \\d \\(rain, wind\\): 8 rows")
        .containsPattern("Cluster \\d \\(dogs\\): 2 rows");
    assertThat(manifest("out").runs().get(0).get("clusterNames").toString()).contains("rain, wind");
    assertFails(
        cluster("other", "--input", groups(), "--text-col", "title"),
        "the input has no such column");
  }

  @ParameterizedTest
  @CsvSource({"cosine", "euclidean"})
  void bisectingWritesWhatItsSavedModelSays(String distance) {
    String saved = folder.resolve("model").toString();
    String input = groups();
    assertOk(
        cluster(
            3,
            "out",
            "--input",
            input,
            "--algorithm",
            "bisecting",
            "--distance",
            distance,
            "--save-model",
            saved));
    Dataset<Row> clustered = SPARK.read().parquet(folder.resolve("out").toString());
    assertThat(clustered.select("cluster").distinct().count()).isEqualTo(3);
    assertThat(clusters(PipelineModel.load(saved).transform(SPARK.read().json(input))))
        .isEqualTo(clusters(clustered));
  }

  @Test
  void theRowFarthestFromItsLikesHasTheHighestOutlierScore() {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      lines.add("{\"id\": %d, \"embedding\": [1.0, %s]}".formatted(i, i == 9 ? 0.5 : 0.01 * i));
      lines.add("{\"id\": %d, \"embedding\": [-1.0, 0.0]}".formatted(10 + i));
    }
    lines.add("{\"id\": 20, \"embedding\": null}");
    assertOk(cluster("out", "--input", write("v.jsonl", lines)));
    List<Row> rows =
        SPARK
            .read()
            .parquet(folder.resolve("out").toString())
            .orderBy("id")
            .select("outlier")
            .collectAsList();
    assertThat(rows.get(9).getDouble(0)).isGreaterThan(OutlierScore.UNUSUAL);
    assertThat(rows.subList(0, 9)).allMatch(row -> row.getDouble(0) < OutlierScore.UNUSUAL);
    assertThat(rows.subList(10, 20)).allMatch(row -> row.getDouble(0) == 0);
    assertThat(rows.get(20).isNullAt(0)).isTrue();
  }

  private Manifest manifest(String name) {
    try {
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
      return Manifest.find(path.getFileSystem(SPARK.sparkContext().hadoopConfiguration()), path)
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Integer> clusters(Dataset<Row> rows) {
    return rows.orderBy("id").select("cluster").collectAsList().stream()
        .map(row -> row.getInt(0))
        .toList();
  }
}
