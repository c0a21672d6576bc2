package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

/**
 * A suite and a training over public data, which is not the project's own: skipped where it is not
 * there.
 */
@ExtendWith(TestCache.class)
class BenchmarkDataTest {
  private static final Path DATA = Path.of("..", "..", "shared", "data").toAbsolutePath();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static String task(String name, String task, String input) {
    return "{\"name\": \"%s\", \"task\": \"%s\", \"input\": \"%s\"}"
        .formatted(name, task, DATA.resolve(input));
  }

  @Test
  void aSuiteOverStsSickAndTrecQaIsEvaluated() throws IOException {
    assumeTrue(Files.isDirectory(DATA.resolve("sts")), "the data lies in ../shared/data");
    Path suite =
        Files.writeString(
            folder.resolve("suite.json"),
            "{\"tasks\": [%s]}"
                .formatted(
                    String.join(
                        ",\n",
                        task("STS12", "sts", "sts/2012/*.tsv"),
                        task("STS13", "sts", "sts/2013/*.tsv"),
                        task("STS14", "sts", "sts/2014/*.tsv"),
                        task("SICK-R", "sts", "sts/SICK_train.txt"),
                        task("TrecQA", "reranking", "trecqa/dev.csv"))));
    String model = Golden.read("mpnet-mean-normalize").folder().toString();
    CommandRun run =
        CommandRun.of("evaluate", "--model", model, "--suite", suite.toString(), "--json");
    JsonNode judged = JSON.readTree(run.succeeds().out()).get(0);
    List<Integer> pairs = new ArrayList<>();
    for (JsonNode task : judged.get("tasks")) {
      JsonNode ours = task.get("sbert_spark");
      pairs.add(ours.path("pairs").intValue());
      // Random weights: words that two texts share make them a little alike, and no more.
      assertThat(task.get("scores").get("test").get(0).get("main_score").doubleValue())
          .as(task.get("task_name").textValue())
          .isBetween(0.05, 0.8);
    }
    assertThat(pairs).containsExactly(2358, 1500, 3750, 4500, 0);
    assertThat(judged.get("texts").intValue()).isBetween(10_000, 25_000);
  }

  @Test
  void aModelIsTrainedOnTheClosePairsOfSickAndSts() throws IOException {
    assumeTrue(Files.isDirectory(DATA.resolve("sts")), "the data lies in ../shared/data");
    List<String> arguments =
        new ArrayList<>(List.of("train", "--data", DATA.resolve("sts/SICK_train.txt").toString()));
    for (String year : List.of("2012", "2013")) {
      try (var files = Files.list(DATA.resolve("sts").resolve(year))) {
        files.map(Path::toString).sorted().forEach(arguments::add);
      }
    }
    String base = Golden.read("training-trace/start").folder().toString();
    arguments.addAll(List.of("--base", base, "--min-score", "3.5", "--steps-per-epoch", "3"));
    arguments.addAll(
        List.of("--batch-size", "8", "--dev", DATA.resolve("sts/2014/*.tsv").toString()));
    arguments.addAll(List.of("--output", folder.resolve("trained").toString()));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new)).succeeds();
    assertThat(run.out())
        .contains("Data set SICK_train.txt: 2,663 examples of sentence1, sentence2, weight 1\n")
        .containsPattern("Trained 3 steps in ");
    assertThat(run.out().lines().filter(line -> line.startsWith("Data set "))).hasSize(8);
  }
}
