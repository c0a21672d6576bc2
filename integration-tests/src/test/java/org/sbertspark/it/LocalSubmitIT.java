package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;

/** The shipped jar through its launcher, in one process. */
class LocalSubmitIT {
  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);

  @TempDir Path work;

  private Run.Command embed(Path output, String... more) {
    Path input = work.resolve("texts.jsonl");
    if (!Files.exists(input)) {
      Tables.write(input, GOLDEN.texts());
    }
    return Run.sbertSpark("--master", "local[2]", "embed", "--model", GOLDEN.folder().toString())
        .add("--input", input.toString(), "--output", output.toString())
        .add("--output-format", "json")
        .add(more);
  }

  private static void assertGolden(Path output) {
    List<JsonNode> rows = Tables.read(output);
    assertThat(rows).hasSize(GOLDEN.texts().size());
    for (JsonNode row : rows) {
      float[] expected = GOLDEN.vectors()[row.get("id").intValue()];
      assertThat(Golden.difference(expected, Tables.vector(row.get("embedding")))).isLessThan(1e-5);
    }
  }

  /** Natives and model come from the jar and the folder: every way out leads to a closed port. */
  @Test
  void freshMachineWithoutNetworkGivesTheGoldenVectors() throws IOException {
    Path output = work.resolve("out");
    Run run =
        embed(output)
            .environment("SBERT_SPARK_CACHE", work.resolve("fresh cache").toString())
            .environment("HOME", work.resolve("home").toString())
            .environment(
                "SPARK_SUBMIT_OPTS",
                "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=9 -Dhttps.proxyHost=127.0.0.1"
                    + " -Dhttps.proxyPort=9 -Duser.home="
                    + work.resolve("home"))
            .succeed();
    assertGolden(output);
    JsonNode manifest = Tables.manifest(output);
    assertThat(manifest.get("rows").asInt()).isEqualTo(GOLDEN.texts().size());
    assertThat(manifest.at("/embeddings/embedding/dimension").asInt()).isEqualTo(768);
    // Quiet: the result, and at most the command's own lines beside it.
    assertThat(run.out()).contains("Embedded 23 rows");
    assertThat(run.err().lines()).allMatch(line -> line.startsWith("sbert-spark: "));
    assertThat(work.resolve("home/.djl.ai")).doesNotExist();
  }

  @Test
  void collectorsGetJsonAndMetricsSystemsGetCounts() throws IOException {
    Path metrics = Files.createDirectory(work.resolve("metrics"));
    Path events = Files.createDirectory(work.resolve("events"));
    Path input = Tables.write(work.resolve("texts.jsonl"), GOLDEN.texts());
    String sink = "spark.metrics.conf.*.sink.csv.";
    Run run =
        Run.sbertSpark("--master", "local[2]")
            .add("--conf", "spark.plugins=org.sbertspark.ml.EmbeddingMetrics")
            .add("--conf", sink + "class=org.apache.spark.metrics.sink.CsvSink")
            .add("--conf", sink + "directory=" + metrics)
            .add("--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.dir=" + events)
            .add("embed", "--model", GOLDEN.folder().toString(), "--input", input.toString())
            .add("--output", work.resolve("out").toString(), "--json")
            .environment("HF_TOKEN", "hf_nobodysbusiness")
            .environment(
                "SPARK_SUBMIT_OPTS",
                "-Dlog4j2.configurationFile=file:"
                    + Project.root().resolve("conf/log4j2-json.properties"))
            .succeed();
    ObjectMapper json = new ObjectMapper();
    JsonNode summary = json.readTree(run.out());
    assertThat(summary.get("rows").asInt()).isEqualTo(GOLDEN.texts().size());
    assertThat(summary.get("tokens").asInt()).isPositive();
    List<String> messages = new ArrayList<>();
    for (String line : run.err().lines().filter(l -> !l.startsWith("sbert-spark: ")).toList()) {
      messages.add(json.readTree(line).get("message").asText());
    }
    assertThat(messages)
        .anyMatch(message -> message.startsWith("Loaded model"))
        .anyMatch(message -> message.startsWith("Embedded {"));
    try (Stream<Path> files = Files.list(metrics)) {
      Path rows = files.filter(f -> f.toString().endsWith("Metrics.rows.csv")).findFirst().get();
      List<String> lines = Files.readAllLines(rows);
      assertThat(lines.get(lines.size() - 1).split(",", -1)[1]).isEqualTo("23");
    }
    try (Stream<Path> files = Files.list(events)) {
      Path log = files.findFirst().get();
      assertThat(log).content().contains("EmbeddingTotals");
      assertThat(List.of(Files.readString(log), run.out(), run.err()))
          .noneMatch(text -> text.contains("nobodysbusiness"));
    }
  }

  @Test
  void processesThatCompileTheSameModelAtOnceBothSucceed() throws IOException {
    Path cache = work.resolve("cache");
    Run first = embed(work.resolve("a")).environment("SBERT_SPARK_CACHE", cache.toString()).start();
    Run second =
        embed(work.resolve("b")).environment("SBERT_SPARK_CACHE", cache.toString()).start();
    assertThat(first.exitStatus()).as("%s", first.err()).isZero();
    assertThat(second.exitStatus()).as("%s", second.err()).isZero();
    assertGolden(work.resolve("a"));
    assertGolden(work.resolve("b"));
    for (String folder : List.of("bundles", "archives")) {
      try (Stream<Path> files = Files.list(cache.resolve(folder))) {
        assertThat(files).as(folder).hasSize(1);
      }
    }
  }

  @Test
  void launcherWorksFromAnywhereThroughALinkWithSpaces() throws IOException {
    Path folder = Files.createDirectories(work.resolve("a folder"));
    Path link = Files.createSymbolicLink(folder.resolve("sbert spark"), Project.launcher());
    Path input = Tables.write(folder.resolve("my texts.jsonl"), List.of("a text", "another"));
    new Run.Command(link.toString(), "--master", "local[1]", "embed")
        .add("--model", GOLDEN.folder().toString(), "--input", input.getFileName().toString())
        .add("--output", "my vectors", "--output-format", "json")
        .in(folder)
        .succeed();
    assertThat(Tables.read(folder.resolve("my vectors"))).hasSize(2);
  }

  @Test
  void exitCodesTellUsageFromFailure() {
    Run usage = Run.sbertSpark("embed", "--no-such-option").start();
    assertThat(usage.exitStatus()).isEqualTo(2);
    Run unknown = Run.sbertSpark("no-such-command").start();
    assertThat(unknown.exitStatus()).isEqualTo(2);
    assertThat(unknown.err()).contains("no-such-command");
    Run failed =
        Run.sbertSpark("--master", "local[1]", "embed", "--model", "/no/such/model")
            .add("--input", Project.root().resolve("pom.xml").toString(), "--input-format", "text")
            .add("--output", work.resolve("never").toString())
            .start();
    assertThat(failed.exitStatus()).isEqualTo(1);
    assertThat(failed.err().lines())
        .singleElement()
        .asString()
        .startsWith("sbert-spark: Cannot load model /no/such/model");
    assertThat(work.resolve("never")).doesNotExist();
  }

  /**
   * An executor of its own is told that it has GPUs 5 and 7; the task's is refused by its number.
   */
  @Test
  void theGpuOfATaskIsTheOneThatSparkHasAssigned() throws IOException {
    Path gpus = work.resolve("gpus.json");
    Files.writeString(
        gpus,
        """
        [{"id": {"componentName": "spark.worker", "resourceName": "gpu"}, "addresses": ["5", "7"]}]
        """);
    Path input = Tables.write(work.resolve("texts.jsonl"), GOLDEN.texts());
    Run run =
        Run.sbertSpark("--master", "local-cluster[1,2,1024]", "--executor-memory", "1g")
            .add("--conf", "spark.worker.resourcesFile=" + gpus)
            .add("--conf", "spark.worker.resource.gpu.amount=2")
            .add("--conf", "spark.executor.resource.gpu.amount=2")
            .add("--conf", "spark.task.resource.gpu.amount=1")
            .add("embed", "--model", GOLDEN.folder().toString(), "--input", input.toString())
            .add("--output", work.resolve("never").toString())
            .start();
    assertThat(run.exitStatus()).as("%s%s", run.out(), run.err()).isEqualTo(1);
    assertThat(run.err()).containsPattern("sbert-spark: Cannot use cuda:[57]: libtorch .* sees 0");
    assertThat(work.resolve("never")).doesNotExist();
  }

  /** A bare container has no locale; an option's value may be the name of a command. */
  @Test
  void argumentsArriveAsTheyWereGiven() {
    Path output = work.resolve("out");
    Path input = Tables.write(work.resolve("texts.jsonl"), List.of("a text"));
    Run.sbertSpark("--master", "local[1]", "--name", "embed", "embed")
        .add("--model", GOLDEN.folder().toString(), "--input", input.toString())
        .add("--output", output.toString(), "--output-format", "json", "--prompt", "Überschrift: ")
        .environment("LC_ALL", "POSIX")
        .succeed();
    assertThat(Tables.manifest(output).at("/embeddings/embedding/prompt").asText())
        .isEqualTo("Überschrift: ");
  }

  @Test
  void helpNeedsNoSpark() {
    for (String command : List.of("embed", "cluster", "doctor", "quickstart")) {
      assertThat(Run.sbertSpark(command, "--help").succeed().out()).contains("Usage: sbert-spark");
    }
  }
}
