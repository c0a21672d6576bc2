package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.evaluation.Correlation;
import org.sbertspark.evaluation.PairClassificationMetrics;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.testing.TestCache;

/** What {@code evaluate} says of pairs, and what it refuses. */
@ExtendWith(TestCache.class)
class EvaluateCommandTest {
  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);

  /** Golden texts without quotes and tabs. */
  private static final List<String> PLAIN =
      GOLDEN.texts().stream().filter(text -> text.matches("[A-Za-z ,.]{2,100}")).toList();

  private static final int[][] PAIRS = {{0, 1}, {0, 2}, {1, 2}, {2, 3}, {0, 3}, {1, 3}, {0, 4}};

  private static final double[] GOLD = {4.5, 1, 2.5, 0, 2.5, 1.25, 5};

  @TempDir private Path folder;

  private static String text(int i) {
    return PLAIN.get(i);
  }

  private static float[] vector(String text) {
    return GOLDEN.vectors()[GOLDEN.texts().indexOf(text)];
  }

  private static double[] scores(PairSimilarity similarity) {
    double[] scores = new double[PAIRS.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = similarity.between(vector(text(PAIRS[i][0])), vector(text(PAIRS[i][1])));
    }
    return scores;
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  private Path sts() throws IOException {
    String[] lines = new String[PAIRS.length];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = GOLD[i] + "\t" + text(PAIRS[i][0]) + "\t" + text(PAIRS[i][1]) + "  ";
    }
    return write("pairs.tsv", lines);
  }

  private Path csv(String header, double[] gold) throws IOException {
    List<String> lines = new ArrayList<>(List.of(header));
    for (int i = 0; i < PAIRS.length; i++) {
      lines.add("%s,\"%s\",\"%s\"".formatted(gold[i], text(PAIRS[i][0]), text(PAIRS[i][1])));
    }
    return write("pairs.csv", lines.toArray(String[]::new));
  }

  private static CommandRun evaluate(Path input, String task, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "evaluate",
                "--model",
                CommandRun.MODEL,
                "--task",
                task,
                "--input",
                input.toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static JsonNode onlyTask(CommandRun run) throws IOException {
    JsonNode models = new ObjectMapper().readTree(run.succeeds().out());
    assertThat(models).hasSize(1);
    assertThat(models.get(0).get("tasks")).hasSize(1);
    return models.get(0).get("tasks").get(0);
  }

  private static void assertCorrelations(JsonNode task) {
    JsonNode scores = task.get("scores").get("test").get(0);
    for (PairSimilarity similarity : PairSimilarity.values()) {
      Correlation expected = Correlation.of(GOLD, scores(similarity));
      assertThat(scores.get(similarity.label() + "_spearman").doubleValue())
          .isCloseTo(expected.spearman(), within(1e-9));
      assertThat(scores.get(similarity.label() + "_pearson").doubleValue())
          .isCloseTo(expected.pearson(), within(1e-4));
    }
    assertThat(scores.get("main_score")).isEqualTo(scores.get("cosine_spearman"));
  }

  @Test
  void linesOfStsAreCorrelated() throws IOException {
    CommandRun run = evaluate(sts(), "sts").succeeds();
    double spearman = Correlation.of(GOLD, scores(PairSimilarity.COSINE)).spearman();
    assertThat(run.out())
        .contains("by 7 pairs with ", " distinct texts; left out 0")
        .contains("cosine     Spearman %.4f, Pearson ".formatted(spearman))
        .contains("manhattan  Spearman ")
        .contains("Main score, cosine_spearman: %.4f".formatted(spearman));
    assertThat(run.err()).isEmpty();
  }

  @Test
  void linesOfStsAsJson() throws IOException {
    assertCorrelations(onlyTask(evaluate(sts(), "sts", "--json")));
  }

  @Test
  void aTableWithNamedColumnsIsCorrelated() throws IOException {
    assertCorrelations(onlyTask(evaluate(csv("score,sentence1,sentence2", GOLD), "sts", "--json")));
    assertCorrelations(
        onlyTask(
            evaluate(
                csv("how,a,b", GOLD),
                "sts",
                "--score-col",
                "how",
                "--first-col",
                "a",
                "--second-col",
                "b",
                "--json")));
  }

  @Test
  void aTableSeparatedByTabsIsCorrelated() throws IOException {
    List<String> lines = new ArrayList<>(List.of("sentence1\tsentence2\tscore"));
    for (int i = 0; i < PAIRS.length; i++) {
      lines.add("%s\t%s\t%s".formatted(text(PAIRS[i][0]), text(PAIRS[i][1]), GOLD[i]));
    }
    assertCorrelations(
        onlyTask(evaluate(write("table.tsv", lines.toArray(String[]::new)), "sts", "--json")));
    lines.set(0, "sentence1\tsentence2\thow");
    assertCorrelations(
        onlyTask(
            evaluate(
                write("table.txt", lines.toArray(String[]::new)),
                "sts",
                "--input-format",
                "tsv",
                "--score-col",
                "how",
                "--json")));
  }

  @Test
  void filesOfSickAreRecognised() throws IOException {
    List<String> lines =
        new ArrayList<>(List.of("pair_ID\tsentence_A\tsentence_B\trelatedness_score"));
    for (int i = 0; i < PAIRS.length; i++) {
      lines.add("%d\t%s\t%s\t%s".formatted(i, text(PAIRS[i][0]), text(PAIRS[i][1]), GOLD[i]));
    }
    assertCorrelations(
        onlyTask(evaluate(write("sick.txt", lines.toArray(String[]::new)), "sts", "--json")));
  }

  @Test
  void labelsAreToldApart() throws IOException {
    double[] labels = {1, 0, 0, 1, 0, 0, 1};
    boolean[] positive = {true, false, false, true, false, false, true};
    JsonNode scores =
        onlyTask(evaluate(csv("label,sentence1,sentence2", labels), "pairs", "--json"))
            .get("scores")
            .get("test")
            .get(0);
    double best = 0;
    for (PairSimilarity similarity : PairSimilarity.values()) {
      PairClassificationMetrics expected =
          PairClassificationMetrics.of(scores(similarity), positive);
      String name = similarity.label();
      assertThat(scores.get(name + "_ap").doubleValue())
          .isCloseTo(expected.averagePrecision(), within(1e-9));
      assertThat(scores.get(name + "_f1").doubleValue()).isCloseTo(expected.f1(), within(1e-9));
      assertThat(scores.get(name + "_f1_threshold").doubleValue())
          .isCloseTo(similarity.shown(expected.f1Threshold()), within(1e-3));
      best = Math.max(best, expected.averagePrecision());
    }
    assertThat(scores.get("main_score").doubleValue()).isCloseTo(best, within(1e-9));
    for (String metric : List.of("accuracy", "f1", "precision", "recall", "ap")) {
      double largest =
          Arrays.stream(PairSimilarity.values())
              .mapToDouble(one -> scores.get(one.label() + "_" + metric).doubleValue())
              .max()
              .orElseThrow();
      assertThat(scores.get("max_" + metric).doubleValue()).as(metric).isEqualTo(largest);
    }
    assertThat(evaluate(csv("label,sentence1,sentence2", labels), "pairs").succeeds().out())
        .contains("cosine     average precision ", "Main score, max_ap: %.4f".formatted(best));
  }

  @Test
  void pairsWithoutATextOrScoreAreLeftOutAndCounted() throws IOException {
    Path input =
        write(
            "in.jsonl",
            "{\"score\": 1, \"sentence1\": \"a\", \"sentence2\": \"b\"}",
            "{\"score\": 2, \"sentence1\": \"a\", \"sentence2\": \"c\"}",
            "{\"score\": null, \"sentence1\": \"a\", \"sentence2\": \"d\"}",
            "{\"score\": 3, \"sentence1\": null, \"sentence2\": \"e\"}",
            "{\"score\": 3, \"sentence1\": \"a\"}",
            "SECRET");
    CommandRun run = evaluate(input, "sts").succeeds();
    assertThat(run.out()).contains("by 2 pairs with 3 distinct texts; left out 4");
    assertThat(run.err()).contains("warning: 1 malformed records").doesNotContain("SECRET");
  }

  @Test
  void resultsAreWrittenInTheShapeOfMteb() throws IOException {
    String out = folder.resolve("results").toString();
    assertThat(evaluate(sts(), "sts", "--output", out).succeeds().out())
        .contains("Wrote the results to " + out);
    List<Path> files;
    try (var all = Files.walk(folder.resolve("results"))) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .containsExactly("model_meta.json", "sts.json");
    JsonNode file = new ObjectMapper().readTree(files.get(1).toFile());
    assertCorrelations(file);
    assertThat(file.get("task_name").textValue()).isEqualTo("sts");
    assertThat(file.get("evaluation_time").isNumber()).isTrue();
    // MTEB's reader takes a string here, and a version by PEP 440 of 1.12.48 or later there.
    assertThat(file.get("dataset_revision").textValue())
        .isEqualTo("dataset revision not available");
    assertThat(file.get("mteb_version").textValue())
        .matches("1[.](1[3-9]|[2-9]\\d)[.]\\d+[+]sbert[.]spark");
    assertThat(file.get("sbert_spark").get("pairs").intValue()).isEqualTo(7);
    JsonNode meta = new ObjectMapper().readTree(files.get(0).toFile());
    assertThat(meta.get("revision").textValue())
        .isEqualTo(files.get(0).getParent().getFileName().toString());
  }

  // Faults

  @Test
  void aMissingColumn() throws IOException {
    Path input = csv("rating,sentence1,sentence2", GOLD);
    assertThat(evaluate(input, "sts").failsInOneLine())
        .contains(
            "Cannot evaluate with column \"score\": ",
            "it has: rating, sentence1, sentence2",
            "name one with --score-col");
    assertThat(
            evaluate(input, "sts", "--score-col", "rating", "--second-col", "x").failsInOneLine())
        .contains("\"x\"", "--second-col");
  }

  @Test
  void aTextThatIsNone() throws IOException {
    Path input = write("in.jsonl", "{\"score\": 1, \"sentence1\": 7, \"sentence2\": \"b\"}");
    assertThat(evaluate(input, "sts").failsInOneLine())
        .contains("\"sentence1\"", "it is bigint, expected a string");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SECRET", "NaN", "Infinity"})
  void aScoreThatIsNoNumber(String score) throws IOException {
    Path table = write("in.csv", "score,sentence1,sentence2", "1,a,b", score + ",c,d");
    assertThat(evaluate(table, "sts").failsInOneLine())
        .contains("\"score\"", "1 of its values are no numbers")
        .doesNotContain("SECRET");
    Path lines = write("in.tsv", "1\ta\tb", score + "\tc\td");
    assertThat(evaluate(lines, "sts").failsInOneLine())
        .contains("gold score", "expected", "in.tsv")
        .doesNotContain("SECRET");
  }

  @Test
  void aLineOfAnotherForm() throws IOException {
    assertThat(evaluate(write("in.tsv", "1\ta\tb", "SECRET"), "sts").failsInOneLine())
        .contains("1 tab-separated fields, expected 3", "in.tsv")
        .doesNotContain("SECRET");
    assertThat(evaluate(write("in.txt", "1\ta\tb"), "sts", "--layout", "sick").failsInOneLine())
        .contains("no column sentence_A", "in.txt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sts", "pairs"})
  void onePair(String task) throws IOException {
    assertThat(evaluate(write("in.tsv", "1\ta\tb"), task).failsInOneLine())
        .contains("1 of 1 pairs have two texts and a score, expected at least 2");
  }

  @Test
  void anEmptyFile() throws IOException {
    assertThat(evaluate(write("in.csv"), "sts").failsInOneLine()).contains("it is empty");
    assertThat(evaluate(write("in.tsv"), "sts").failsInOneLine())
        .contains("0 of 0 pairs have two texts and a score");
    assertThat(evaluate(folder.resolve("none.tsv"), "sts").failsInOneLine())
        .contains("no such file or folder");
  }

  @Test
  void nothingButNulls() throws IOException {
    Path input =
        write(
            "in.jsonl",
            "{\"score\": 1, \"sentence1\": null, \"sentence2\": \"b\"}",
            "{\"score\": 2, \"sentence1\": \"a\", \"sentence2\": null}");
    assertThat(evaluate(input, "sts").failsInOneLine())
        .contains("0 of 2 pairs have two texts and a score");
  }

  @Test
  void equalScores() throws IOException {
    assertThat(evaluate(write("in.tsv", "3\ta\tb", "3\tc\td"), "sts").failsInOneLine())
        .contains("Cannot correlate with ", "the score of all 2 pairs is 3.0");
    assertThat(evaluate(write("in.tsv", "1\ta\tb", "3\ta\tb"), "sts").failsInOneLine())
        .contains("the model gives all of them one cosine");
  }

  @Test
  void labelsThatAreNone() throws IOException {
    assertThat(evaluate(write("in.tsv", "1\ta\tb", "3\tc\td"), "pairs").failsInOneLine())
        .contains("1 labels are neither 0 nor 1 (they go from 1.0 to 3.0); is it task sts?");
    assertThat(evaluate(write("in.tsv", "1\ta\tb", "1\tc\td"), "pairs").failsInOneLine())
        .contains("the label of all 2 is 1");
  }

  @ParameterizedTest
  @CsvSource({
    "--task sts --input a, 'Give --model or --compare, one of the two'",
    "--model m --compare a b --task sts --input a, 'Give --model or --compare, one of the two'",
    "--model m, 'Give --task or --suite, one of the two'",
    "--model m --task sts, '--input is not given'",
    "--model m --task cluster --input a, 'sts, pairs, clustering, retrieval, reranking'",
    "--model m --task clustering --input a --seeds 0, '--seeds is 0, expected 1 or more'",
    "--model m --suite s --task sts, '--task is given, expected none beside --suite'",
    "--model m --suite s --input a, '--input is given, expected none beside --suite'",
    "--model m --input a --task sts --handle-invalid keep, 'Unknown option'",
    "--model m --task sts --input a --prompt x --prompt-name y, '--prompt-name is y'",
  })
  void optionsOutOfRangeAreUsageErrors(String options, String message) {
    CommandRun run = CommandRun.of(("evaluate " + options).split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains(message);
  }
}
