package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.PromptedModel;
import org.sbertspark.testing.TestCache;

/** The tasks of {@code evaluate} that are not about pairs, suites, and two models side by side. */
@ExtendWith(TestCache.class)
class EvaluateTasksTest {
  private static final String OTHER = Golden.read("mpnet-mean-normalize").folder().toString();

  /** Its prompts are query and document, and document is the default. */
  @TempDir private static Path prompted;

  @TempDir private Path folder;

  @BeforeAll
  static void writeModel() throws IOException {
    PromptedModel.write(prompted);
  }

  private Path write(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, List.of(lines));
  }

  private static CommandRun evaluate(String task, Path input, String... more) {
    return evaluate(CommandRun.MODEL, task, input, more);
  }

  private static CommandRun evaluate(String model, String task, Path input, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("evaluate", "--model", model, "--task", task, "--input", input.toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static JsonNode scores(CommandRun run) throws IOException {
    return new ObjectMapper()
        .readTree(run.succeeds().out())
        .get(0)
        .get("tasks")
        .get(0)
        .get("scores")
        .get("test")
        .get(0);
  }

  // Clustering: the texts of a label are equal, so that every model puts them together

  private static final String SETS =
      """
      {"sentences": ["cat", "cat", "bill", "bill", "bill"], "labels": ["x", "x", "y", "y", "y"]}
      {"sentences": ["one", "two", "one", "two"], "labels": [1, 2, 1, 2]}
      """;

  @Test
  void setsInArraysAreClustered() throws IOException {
    Path input =
        write(
            "sets.jsonl",
            SETS.strip().replace("[1, 2, 1, 2]", "[\"1\", \"2\", \"1\", \"2\"]").split("\n"));
    CommandRun run = evaluate("clustering", input, "--seeds", "3").succeeds();
    assertThat(run.out())
        .contains("by 2 sets with 4 distinct texts; left out 0")
        .contains("V-measure 1.0000 (standard deviation 0.0000 of 3 seeds, 0.0000 of 2 sets), ARI")
        .contains("of mini-batch k-means (batches of 500")
        .contains("Main score, v_measure: 1.0000");
  }

  @Test
  void setsInColumnsAreClustered() throws IOException {
    Path input =
        write(
            "rows.jsonl",
            "{\"topic\": 1, \"body\": \"cat\", \"from\": \"a\"}",
            "{\"topic\": 1, \"body\": \"cat\", \"from\": \"a\"}",
            "{\"topic\": 2, \"body\": \"bill\", \"from\": \"a\"}",
            "{\"topic\": 1, \"body\": \"one\", \"from\": \"b\"}",
            "{\"topic\": 2, \"body\": \"two\", \"from\": \"b\"}",
            "{\"topic\": 2, \"body\": null, \"from\": \"b\"}");
    List<String> columns = List.of("--text-col", "body", "--label-col", "topic", "--json");
    List<String> bySet = new ArrayList<>(columns);
    bySet.addAll(List.of("--set-col", "from"));
    JsonNode found = scores(evaluate("clustering", input, bySet.toArray(String[]::new)));
    assertThat(found.get("main_score").doubleValue()).isEqualTo(1);
    assertThat(found.get("v_measure_std").doubleValue()).isZero();
    JsonNode asOne = scores(evaluate("clustering", input, columns.toArray(String[]::new)));
    assertThat(asOne.get("v_measure").doubleValue()).isBetween(0.0, 1.0);
  }

  @Test
  void whatCannotBeClusteredFailsInOneLine() throws IOException {
    Path uneven = write("a.jsonl", "{\"sentences\": [\"a\", \"b\"], \"labels\": [\"x\"]}");
    assertThat(evaluate("clustering", uneven).failsInOneLine())
        .contains("Cannot cluster 1 sets", "not as many labels as texts");
    Path same =
        write("b.jsonl", "{\"text\": \"a\", \"label\": 1}", "{\"text\": \"b\", \"label\": 1}");
    assertThat(evaluate("clustering", same).failsInOneLine())
        .contains("a set of 2 texts has 1 label, expected at least 2");
    assertThat(evaluate("clustering", same, "--set-col", "of").failsInOneLine())
        .contains("\"of\"", "--set-col");
    Path nulls =
        write(
            "c.jsonl", "{\"text\": \"a\", \"label\": null}", "{\"text\": null, \"label\": \"1\"}");
    assertThat(evaluate("clustering", nulls).failsInOneLine())
        .contains("of 2 texts none has a label");
  }

  // Retrieval

  private void writeBeir() throws IOException {
    write(
        "beir/corpus.jsonl",
        "{\"_id\": \"d1\", \"title\": \"The parcel\", \"text\": \"is late\", \"metadata\": {}}",
        "{\"_id\": \"d2\", \"title\": \"\", \"text\": \"a cat sleeps\"}",
        "{\"_id\": 3, \"text\": \"an invoice was sent\"}",
        "{\"_id\": \"q2\", \"title\": \"a cat\", \"text\": \"sleeps\"}");
    write(
        "beir/queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"The parcel is late\"}",
        "{\"_id\": \"q2\", \"text\": \"a cat sleeps\"}",
        "{\"_id\": \"q3\", \"text\": \"unjudged\"}");
    write(
        "beir/qrels/test.tsv", "query-id\tcorpus-id\tscore", "q1\td1\t1", "q1\t3\t0", "q2\td2\t2");
  }

  @Test
  void aFolderOfBeirIsSearched() throws IOException {
    writeBeir();
    CommandRun run = evaluate("retrieval", folder.resolve("beir")).succeeds();
    assertThat(run.out())
        // Title and text are put together and stripped; the query that nobody judged is not
        // embedded.
        .contains("by 2 queries with 3 distinct texts; left out 0")
        .contains("at 1     nDCG 1.0000, MAP 1.0000, MRR 1.0000, recall 1.0000, precision 1.0000")
        .contains("at 10    nDCG 1.0000, MAP 1.0000, MRR 1.0000, recall 1.0000, precision 0.1000")
        .contains("at 1000 ")
        .contains("Main score, ndcg_at_10: 1.0000");
    JsonNode found = scores(evaluate("retrieval", folder.resolve("beir"), "--json"));
    assertThat(found.get("mrr_at_100").doubleValue()).isEqualTo(1);
    assertThat(found.get("precision_at_3").doubleValue()).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void judgedQueriesThatAreNotThereAreCounted() throws IOException {
    writeBeir();
    Path judgements = folder.resolve("beir/qrels/test.tsv");
    Files.writeString(judgements, "q8\td1\t1\nq8\td2\t1\nq9\td2\t0\n", StandardOpenOption.APPEND);
    assertThat(evaluate("retrieval", folder.resolve("beir")).succeeds().out())
        .contains("by 2 queries with 3 distinct texts; left out 2")
        .contains("Judged queries that are not in queries.jsonl: 2\n")
        .contains("Main score, ndcg_at_10: 1.0000");
    write("beir/qrels/test.tsv", "q8\td1\t1");
    assertThat(evaluate("retrieval", folder.resolve("beir")).failsInOneLine())
        .contains("of its 0 judged queries none", "another 1 are not in queries.jsonl");
  }

  @Test
  void queriesHaveThePromptForQueries() throws IOException {
    writeBeir();
    String model = prompted.toString();
    // The queries' texts are those of documents, and have another prompt.
    assertThat(evaluate(model, "retrieval", folder.resolve("beir")).succeeds().out())
        .contains("with 5 distinct texts");
    assertThat(
            evaluate(model, "retrieval", folder.resolve("beir"), "--prompt-name", "document")
                .succeeds()
                .out())
        .contains("with 3 distinct texts");
  }

  @Test
  void theSplitIsChosen() throws IOException {
    writeBeir();
    write("beir/qrels/dev.tsv", "q3\td2\t1");
    Path beir = folder.resolve("beir");
    assertThat(evaluate("retrieval", beir).succeeds().out()).contains("by 2 queries");
    assertThat(evaluate("retrieval", beir, "--split", "dev").succeeds().out())
        .contains("by 1 queries");
    assertThat(evaluate("retrieval", beir, "--split", "train").failsInOneLine())
        .contains("there are dev.tsv, test.tsv; name one with --split");
    Files.delete(beir.resolve("qrels/test.tsv"));
    assertThat(evaluate("retrieval", beir).succeeds().out()).contains("by 1 queries");
  }

  @Test
  void whatCannotBeSearchedFailsInOneLine() throws IOException {
    assertThat(
            evaluate("retrieval", Files.createDirectory(folder.resolve("none"))).failsInOneLine())
        .contains("none/corpus.jsonl", "no such file or folder");
    writeBeir();
    Path beir = folder.resolve("beir");
    write("beir/corpus.jsonl", "{\"text\": \"SECRET\"}", "{\"_id\": \"d2\", \"text\": \"a\"}");
    assertThat(evaluate("retrieval", beir).failsInOneLine())
        .contains("1 of its records have no _id")
        .doesNotContain("SECRET");
    write(
        "beir/corpus.jsonl",
        "{\"_id\": \"a\", \"text\": \"a\"}",
        "{\"_id\": \"a\", \"text\": \"b\"}");
    assertThat(evaluate("retrieval", beir).failsInOneLine())
        .contains("1 of its values are there more than once");
    writeBeir();
    write("beir/qrels/test.tsv", "q1\td1\tSECRET");
    assertThat(evaluate("retrieval", beir).failsInOneLine())
        .contains("Cannot read a grade", "test.tsv")
        .doesNotContain("SECRET");
    write("beir/qrels/test.tsv", "q1\td1\t0");
    assertThat(evaluate("retrieval", beir).failsInOneLine())
        .contains("of its 1 judged queries none has a relevant document; another 0 are not in");
  }

  // Reranking

  private static final String[] TREC_QA = {
    "qtext,label,atext",
    "Who sleeps ?,0,\"an invoice , sent\"",
    "Who sleeps ?,1,Who sleeps ?",
    "What is late ?,1,What is late ?",
    "What is late ?,0,a cat",
    "Unjudged ?,0,a cat",
  };

  @Test
  void candidatesOfTrecQaAreRanked() throws IOException {
    CommandRun run = evaluate("reranking", write("dev.csv", TREC_QA)).succeeds();
    assertThat(run.out())
        .contains("by 2 queries with 5 distinct texts; left out 1")
        .contains("MAP 1.0000, MRR@10 1.0000")
        .contains("Main score, map: 1.0000");
  }

  @Test
  void listsOfCandidatesAreRanked() throws IOException {
    Path input =
        write(
            "mteb.jsonl",
            "{\"query\": \"a\", \"positive\": [\"a\"], \"negative\": [\"b\", \"c\"]}",
            "{\"query\": \"b\", \"positive\": [\"the invoice\"], \"negative\": [\"b\", \"b\"]}");
    JsonNode found = scores(evaluate("reranking", input, "--json"));
    assertThat(found.get("map").doubleValue()).isCloseTo((1 + 1 / 3.0) / 2, within(1e-12));
    assertThat(found.get("mrr").doubleValue()).isCloseTo((1 + 1 / 3.0) / 2, within(1e-12));
  }

  @Test
  void whatCannotBeRankedFailsInOneLine() throws IOException {
    assertThat(evaluate("reranking", write("a.csv", "qtext,label,atext", "a,2,b")).failsInOneLine())
        .contains("1 labels are neither 0 nor 1");
    assertThat(evaluate("reranking", write("b.csv", "qtext,label,atext", "a,1,b")).failsInOneLine())
        .contains("of 1 queries none has candidates of both kinds");
    assertThat(
            evaluate("reranking", write("c.csv", "question,label,atext", "a,1,b")).failsInOneLine())
        .contains("\"query\"", "it has: question, label, atext", "--query-col");
    assertThat(
            evaluate(
                    "reranking",
                    write("d.jsonl", "{\"query\": \"a\", \"positive\": \"b\", \"negative\": []}"))
                .failsInOneLine())
        .contains("\"positive\"", "expected array<string>");
  }

  // Suites

  private Path suite() throws IOException {
    write("data/sts/a.tsv", "1\tcat\tbill", "5\ta cat\tthe cat", "3\tone\ttwo", "2\tone\tcat");
    write("data/dev.csv", TREC_QA);
    writeBeir();
    return write(
        "suite.json",
        "{\"tasks\": [",
        "  {\"name\": \"STS\", \"task\": \"sts\", \"input\": \"data/sts/*.tsv\"},",
        "  {\"name\": \"QA\", \"task\": \"reranking\", \"input\": [\"data/dev.csv\"]},",
        "  {\"name\": \"Search\", \"task\": \"retrieval\", \"input\": \"beir\", \"split\": \"test\", \"revision\": \"77cb2\"}",
        "]}");
  }

  private static CommandRun run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("evaluate"));
    all.addAll(List.of(arguments));
    return CommandRun.of(all.toArray(String[]::new));
  }

  @Test
  void aSuiteIsATable() throws IOException {
    Path out = folder.resolve("results");
    CommandRun run =
        run("--model", CommandRun.MODEL, "--suite", suite().toString(), "--output", out.toString())
            .succeeds();
    assertThat(run.out())
        // cat, bill, a cat, the cat, one, two; three of BEIR; five of TREC QA, one of them a cat.
        .contains(", 13 distinct texts")
        .containsPattern("Task +Main score +Value +Items +Left out\n")
        .containsPattern("STS +cosine_spearman +-?[01][.]\\d{4} +4 pairs +0\n")
        .containsPattern("QA +map +1[.]0000 +2 queries +1\n")
        .containsPattern("Search +ndcg_at_10 +1[.]0000 +2 queries +0\n")
        .containsPattern("Mean of 3 +-?[01][.]\\d{4}\n");
    try (var files = Files.walk(out)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("model_meta.json", "STS.json", "QA.json", "Search.json");
    }
    assertThat(revision(out, "Search.json")).isEqualTo("77cb2");
    assertThat(revision(out, "STS.json")).isEqualTo("dataset revision not available");
  }

  private static String revision(Path results, String name) throws IOException {
    try (var files = Files.walk(results)) {
      Path file = files.filter(one -> one.endsWith(name)).findFirst().orElseThrow();
      return new ObjectMapper().readTree(file.toFile()).get("dataset_revision").textValue();
    }
  }

  @Test
  void aSuiteOfYamlSaysTheSame() throws IOException {
    Path json = suite();
    Path yaml =
        write(
            "suite.yaml",
            "# the same tasks",
            "tasks:",
            "  - {name: STS, task: sts, input: data/sts/*.tsv}",
            "  - name: QA",
            "    task: reranking",
            "    input:",
            "      - data/dev.csv",
            "  - name: Search",
            "    task: retrieval",
            "    input: beir",
            "    split: \"test\"",
            "    revision: 77cb2");
    assertThat(suiteOf(yaml).tasks()).usingRecursiveComparison().isEqualTo(suiteOf(json).tasks());
    Path odd =
        write(
            "odd.yml",
            "tasks: [{name: 2014-01-01, task: clustering, input: no, seeds: 1_0, split: 0o7}]");
    assertThatThrownBy(() -> suiteOf(odd)).hasMessageContaining("--seeds", "'1_0' is not an int");
    write(
        "odd.yml",
        "tasks: [{name: 2014-01-01, task: clustering, input: no, seeds: 10, split: 0o7}]");
    NamedTask task = suiteOf(odd).tasks().get(0);
    assertThat(task.name()).isEqualTo("2014-01-01");
    assertThat(task.options().paths.get(0)).endsWith("/no");
    assertThat(task.options().seeds).isEqualTo(10);
    assertThat(task.options().split).isEqualTo("0o7");
  }

  private static Suite suiteOf(Path file) {
    return Suite.read(UserFile.of(file.toString(), new Configuration()));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "tasks:\\n  - name: a\\n    task: sts\\n   input: b | expected <block end>, but found '<block mapping start>' (line 4)",
        "tasks:\\n  - name: a\\n    name: b | found duplicate key name (line 3)",
        "tasks: &a [*a] | Number of aliases for non-scalar nodes exceeds the specified max=0",
        "a: &a [x, x]\\ntasks: [*a, *a] | Number of aliases for non-scalar nodes exceeds",
        "tasks: !!java.net.URL [http://localhost] | Global tag is not allowed: tag:yaml.org,2002:java.net.URL (line 1)",
        "tasks: [ | expected the node content, but found '<stream end>' (line",
        "tasks: [] \\n---\\ntasks: [] | but found another document (line 2)",
        "# nothing | expected {\"tasks\": [",
        "tasks: | expected {\"tasks\": [",
        "just text | expected {\"tasks\": [",
        "tasks: [{name: a, task: sts, input: }] | task a: \"input\" is neither a text nor a number",
        "tasks: [{name: a, task: sts, inputs: b}] | task a has a key \"inputs\", expected name, ",
      })
  void whatIsNoSuiteOfYamlFailsInOneLine(String content, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yml"), content.translateEscapes());
    assertThatThrownBy(() -> suiteOf(file))
        .isInstanceOf(JobException.class)
        .hasMessageStartingWith("Cannot read the suite " + file + ": ")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void yamlThatIsTooDeepOrNoUtf8FailsInOneLine() throws IOException {
    Path deep = Files.writeString(folder.resolve("deep.yaml"), "[".repeat(100_000));
    assertThatThrownBy(() -> suiteOf(deep))
        .isInstanceOf(JobException.class)
        .hasMessageContaining("Nesting Depth exceeded max 50");
    Path bytes = Files.write(folder.resolve("bytes.yaml"), new byte[] {'a', (byte) 0xFF, 'b'});
    assertThatThrownBy(() -> suiteOf(bytes))
        .isInstanceOf(JobException.class)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void twoModelsStandSideBySide() throws IOException {
    CommandRun run =
        run("--compare", CommandRun.MODEL, OTHER, "--suite", suite().toString()).succeeds();
    assertThat(run.out())
        .containsPattern("A: \\S+ \\([0-9a-f]{12}\\)\nB: \\S+ \\([0-9a-f]{12}\\)\n")
        .containsPattern("Task +Main score +A +B +B - A +95% interval\n")
        .containsPattern(
            "STS +cosine_spearman( +-?[01][.]\\d{4}){2} +[+-]\\d[.]\\d{4} +[+-]\\S+ to [+-]\\S+")
        .containsPattern("QA +map +1[.]0000 +1[.]0000 +[+]0[.]0000 +[+]0[.]0000 to [+]0[.]0000\n")
        .containsPattern("Mean of 3( +-?[01][.]\\d{4}){2} +[+-]\\d[.]\\d{4}\n");
  }

  /** Both models are sure to differ on it, and one set says nothing of others. */
  @Test
  void aDifferenceOnOneSetHasNoInterval() throws IOException {
    Path input =
        write(
            "set.jsonl",
            IntStream.range(0, 12)
                .mapToObj(i -> "{\"text\": \"text %d\", \"label\": %d}".formatted(i * i, i % 3))
                .toArray(String[]::new));
    List<String> compared =
        List.of(
            "--compare",
            CommandRun.MODEL,
            OTHER,
            "--task",
            "clustering",
            "--input",
            input.toString());
    assertThat(run(compared.toArray(String[]::new)).succeeds().out())
        .containsPattern("clustering +v_measure( +[01][.]\\d{4}){2} +[+-]\\S+ +none: 1 item\n");
    List<String> asJson = new ArrayList<>(compared);
    asJson.add("--json");
    JsonNode models =
        new ObjectMapper().readTree(run(asJson.toArray(String[]::new)).succeeds().out());
    assertThat(models.get(0).has("differences")).isFalse();
    JsonNode difference = models.get(1).get("differences").get(0);
    assertThat(difference.get("difference").doubleValue()).isNotZero();
    assertThat(difference.get("low").isNull()).isTrue();
    assertThat(difference.get("high").isNull()).isTrue();
    assertThat(difference.get("draws").intValue()).isZero();
    assertThat(difference.get("tells_apart").booleanValue()).isFalse();
  }

  @Test
  void aModelComparedWithItselfIsTheSame() throws IOException {
    CommandRun run = run("--compare", OTHER, OTHER, "--suite", suite().toString()).succeeds();
    assertThat(run.out()).contains("+0.0000 to +0.0000").doesNotContain("*\n");
  }

  @Test
  void whatIsNoSuiteFailsInOneLine() throws IOException {
    assertThat(suiteFault("{\"tasks\": []}")).contains("expected {\"tasks\": [");
    assertThat(suiteFault("{\"tasks\": [")).contains("Cannot read the suite ", "line 1");
    assertThat(suiteFault("")).contains("expected {\"tasks\": [");
    assertThat(suiteFault(entry("\"name\": \"a\", \"task\": \"sts\", \"in\": \"b\"")))
        .contains("task a has a key \"in\", expected name, revision, first-col");
    assertThat(suiteFault(entry("\"name\": \"a\", \"task\": \"stss\", \"input\": \"b\"")))
        .contains("task a: ", "sts, pairs, clustering");
    assertThat(suiteFault(entry("\"name\": \"a/b\", \"task\": \"sts\", \"input\": \"b\"")))
        .contains("Cannot call a task \"a/b\"");
    assertThat(suiteFault(entry("\"name\": \"a\", \"input\": \"b\"")))
        .contains("task a: --task is not given");
    assertThat(suiteFault(entry("\"name\": \"a\", \"task\": \"sts\", \"input\": {}")))
        .contains("task a: \"input\" is neither a text nor a number");
    assertThat(
            suiteFault(
                entry("\"name\": \"a\", \"task\": \"sts\", \"input\": \"b\", \"revision\": \" \"")))
        .contains("task a: its revision is blank or no text, expected that of the data set");
    String twice = "{\"name\": \"a\", \"task\": \"sts\", \"input\": \"b\"}";
    assertThat(suiteFault("{\"tasks\": [" + twice + ", " + twice + "]}"))
        .contains("two of its tasks are called a");
    assertThat(run("--model", "m", "--suite", folder + "/none.json").failsInOneLine())
        .contains("Cannot read ", "none.json");
    assertThat(suiteFault(entry("\"name\": \"a\", \"task\": \"sts\", \"input\": \"missing.tsv\"")))
        .contains("missing.tsv: no such file or folder");
  }

  private static String entry(String keys) {
    return "{\"tasks\": [{" + keys + "}]}";
  }

  private String suiteFault(String content) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.json"), content);
    return run("--model", CommandRun.MODEL, "--suite", file.toString()).failsInOneLine();
  }
}
