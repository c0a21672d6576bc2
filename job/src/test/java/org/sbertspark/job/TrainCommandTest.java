package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.training.TrainingRecipe;

/** What {@code train} writes and says, and what it refuses. */
@ExtendWith(TestCache.class)
class TrainCommandTest {
  private static final String BASE = Golden.read("training-trace/start").folder().toString();

  private static final List<String> THINGS =
      List.of("cat", "parcel", "bridge", "orchestra", "invoice", "password", "river", "engine");

  @TempDir private static Path shared;
  private static Path pairs;
  private static Path dev;

  @TempDir private Path folder;

  @BeforeAll
  static void writeData() throws IOException {
    pairs = shared.resolve("pairs.jsonl");
    Files.write(
        pairs,
        IntStream.range(0, 24)
            .mapToObj(
                i ->
                    "{\"anchor\": \"the %1$s number %2$d\", \"positive\": \"%1$s %2$d\", \"score\": %2$d}"
                        .formatted(THINGS.get(i % 8), i))
            .toList());
    dev = shared.resolve("dev.tsv");
    Files.writeString(
        dev,
        """
        5.0\tthe cat number 90\tcat 90
        4.0\tthe river number 91\triver 91
        1.5\tthe cat number 92\tengine 3
        0.0\tthe bridge\tan invoice
        """);
  }

  private CommandRun train(String... more) {
    List<String> arguments = new ArrayList<>(List.of("train"));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private CommandRun trainQuickly(Path output, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(List.of("--batch-size", "8", "--warmup", "0", "--lr", "0.001"));
    return trainFromBase(output, arguments.toArray(String[]::new));
  }

  private CommandRun trainFromBase(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--base", BASE, "--data", pairs.toString(), "--output", output.toString()));
    arguments.addAll(List.of(more));
    return train(arguments.toArray(String[]::new));
  }

  @Test
  void trainedModelIsWrittenAndEmbedLoadsItUnchanged() throws IOException {
    Path output = folder.resolve("trained");
    Path page = folder.resolve("page.html");
    CommandRun run =
        trainQuickly(
                output, "--dev", dev.toString(), "--eval-steps", "2", "--report", page.toString())
            .succeeds();
    assertThat(run.out())
        .containsPattern("Trained 3 steps in .* on one executor: .* tokens/s, .* of sgemm")
        .containsPattern(
            "Spearman on .*dev.tsv: -?\\d\\.\\d{4} before, \\d\\.\\d{4} after step \\d")
        .contains("Wrote the model to " + output, "Wrote the report to " + page);
    assertThat(output.resolve("README.md")).content().contains("| pairs.jsonl | 24 | 2 | 1 |");

    JsonNode data = data(page);
    assertThat(data.get("title").textValue()).isEqualTo("trained");
    assertThat(data.get("steps").longValue()).isEqualTo(3);
    assertThat(data.get("curve").get("loss")).hasSize(3);
    assertThat(data.get("curve").get("learningRate").get(0).doubleValue())
        .isCloseTo(0.001, within(1e-9));
    assertThat(data.get("dev").get("step").toString()).isEqualTo("[0,2,3]");
    assertThat(data.get("sets").get(0).get("examples").longValue()).isEqualTo(24);
    assertThat(data.get("recipe").get("batch-size").textValue()).isEqualTo("8");

    CommandRun.embedWith(
            output.toString(),
            Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"a cat\"}"),
            folder.resolve("embedded"))
        .succeeds();
  }

  private static JsonNode data(Path page) throws IOException {
    Matcher data =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(Files.readString(page));
    assertThat(data.find()).isTrue();
    return new ObjectMapper().readTree(data.group(1));
  }

  @Test
  void newModelLearnsItsVocabularyFromTheData() {
    Path output = folder.resolve("new");
    CommandRun run =
        train(
                "--new",
                "--layers",
                "1",
                "--hidden",
                "16",
                "--vocab",
                "300",
                "--data",
                pairs.toString(),
                "--output",
                output.toString(),
                "--steps-per-epoch",
                "2",
                "--batch-size",
                "4")
            .succeeds();
    assertThat(run.out()).contains("Learned a vocabulary of 300 tokens", "Trained 2 steps");
    ModelFolder model = ModelFolder.open(output);
    assertThat(model.encoder())
        .isInstanceOfSatisfying(
            EncoderConfig.class,
            config -> {
              assertThat(config.layers()).isEqualTo(1);
              assertThat(config.vocabSize()).isEqualTo(300);
            });
    assertThat(model.maxSeqLength()).isEqualTo(128);
    assertThat(output.resolve("README.md")).content().contains("trained from random weights");
  }

  @Test
  void severalDataSetsHaveWeightsAndHardNegatives() throws IOException {
    Path triplets = folder.resolve("triplets.tsv");
    Files.writeString(
        triplets,
        THINGS.stream()
            .map(thing -> "a %1$s\tthe %1$s\tno %1$s\n".formatted(thing))
            .collect(Collectors.joining("", "anchor\tpositive\tnegative\n", "")));
    Path output = folder.resolve("trained");
    CommandRun run =
        train(
                "--base",
                BASE,
                "--data",
                triplets + "=3",
                pairs.toString(),
                "--text-cols",
                "anchor,positive,negative",
                "--output",
                output.toString(),
                "--batch-size",
                "4")
            .succeeds();
    assertThat(run.out())
        .contains("Data set triplets.tsv: 8 examples of anchor, positive, negative, weight 3\n")
        .contains("Data set pairs.jsonl: 24 examples of anchor, positive, weight 1\n");
    assertThat(output.resolve("README.md"))
        .content()
        .contains("| triplets.tsv | 8 | 3 | 3 |", "| pairs.jsonl | 24 | 2 | 1 |");
  }

  /**
   * SICK's file has more columns, in another order; STS has no header; a table names its columns.
   */
  @Test
  void closePairsOfSickAndStsAreTrainedOnBesideTables() throws IOException {
    Path sick = folder.resolve("SICK_train.txt");
    Files.writeString(sick, "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tjudgment\n");
    Path news = Files.createDirectories(folder.resolve("2012")).resolve("news.tsv");
    Path more = Files.createDirectories(folder.resolve("2013")).resolve("news.tsv");
    for (int i = 0; i < 8; i++) {
      String thing = THINGS.get(i);
      append(sick, "%d\tthe %s\ta %s\t%s\tNEUTRAL\n".formatted(i, thing, thing, i < 5 ? 4.5 : 3.4));
      append(
          news,
          "%s\tmy %s\tyour %s\n".formatted(i < 3 ? "3.500" : i < 6 ? "-0.5" : "", thing, thing));
      append(more, "%s\tour %s\ttheir %s\n".formatted(i < 4 ? "5e0" : "1e-3", thing, thing));
    }
    Path output = folder.resolve("trained");
    CommandRun run =
        train(
                "--base",
                BASE,
                "--data",
                sick.toString(),
                news + "=2",
                more.toString(),
                pairs.toString(),
                "--min-score",
                "3.5",
                "--output",
                output.toString(),
                "--batch-size",
                "2",
                "--steps-per-epoch",
                "4")
            .succeeds();
    assertThat(run.out())
        .contains(
            """
            Data set SICK_train.txt: 5 examples of sentence1, sentence2, weight 1
            Data set news.tsv: 3 examples of sentence1, sentence2, weight 2
            Data set news.tsv: 4 examples of sentence1, sentence2, weight 1
            Data set pairs.jsonl: 20 examples of anchor, positive, weight 1
            """);
    assertThat(output.resolve("README.md"))
        .content()
        .contains("| SICK_train.txt | 5 | 2 | 1 |", "| news.tsv | 3 | 2 | 2 |");
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Test
  void filesOfOnePathAreOneDataSet() throws IOException {
    for (String name : List.of("a.tsv", "b.tsv")) {
      Files.writeString(folder.resolve(name), "4\tthe %1$s\ta %1$s\n1\tx\ty\n".formatted(name));
    }
    assertThat(
            train(
                    "--base",
                    BASE,
                    "--data",
                    folder + "/*.tsv",
                    "--where",
                    "score > 2 AND score < 5",
                    "--output",
                    folder.resolve("trained").toString())
                .succeeds()
                .out())
        .contains("Data set *.tsv: 2 examples of sentence1, sentence2, weight 1");
  }

  @Test
  void tablesStayTables() throws IOException {
    Path sick = folder.resolve("sick.tsv");
    Files.writeString(
        sick, "sentence_A\tsentence_B\trelatedness_score\na\tb\t5\nc\td\t1\ne\tf\t4\n");
    assertThat(
            train(
                    "--base",
                    BASE,
                    "--data",
                    sick.toString(),
                    "--text-cols",
                    "sentence_A,sentence_B",
                    "--where",
                    "relatedness_score >= 4",
                    "--output",
                    folder.resolve("1").toString())
                .succeeds()
                .out())
        .contains("Data set sick.tsv: 2 examples of sentence_A, sentence_B, weight 1");
    Path sts = Files.writeString(folder.resolve("sts.tsv"), "5\ta\tb\n1\tc\td\n4\te\tf\n");
    assertThat(
            train(
                    "--base",
                    BASE,
                    "--data",
                    sts.toString(),
                    "--read-option",
                    "header=false",
                    "--text-cols",
                    "_c1,_c2",
                    "--output",
                    folder.resolve("2").toString())
                .succeeds()
                .out())
        .contains("Data set sts.tsv: 3 examples of _c1, _c2, weight 1");
  }

  @Test
  void scoredPairsNeedToBeChosen() throws IOException {
    Path sts = Files.writeString(folder.resolve("sts.tsv"), "5\ta\tb\n1\tc\td\n");
    assertThat(trainOn(sts))
        .endsWith(
            "sts.tsv: their scores say which mean the same; take those with --min-score, for example 3.5");
    assertThat(trainOn(sts, "--min-score", "2")).endsWith("it has 1 examples, expected at least 2");
    Path table = folder.resolve("table.jsonl");
    Files.writeString(table, "{\"anchor\": \"a\", \"positive\": \"b\"}\n".repeat(2));
    assertThat(trainOn(table, "--min-score", "2"))
        .endsWith("Cannot use --min-score: no data set has a column \"score\"");
    Files.writeString(
        table, "{\"anchor\": \"a\", \"positive\": \"b\", \"score\": [1]}\n".repeat(2));
    assertThat(trainOn(table, "--min-score", "2"))
        .endsWith("column \"score\" is array<bigint>, expected a number");
  }

  @Test
  void conditionChoosesRowsAndATrainedModelIsABase() throws IOException {
    Path output = folder.resolve("trained");
    trainQuickly(output, "--where", "score >= 20").succeeds();
    assertThat(output.resolve("README.md")).content().contains("| pairs.jsonl | 4 | 2 | 1 |");

    Path again = folder.resolve("again");
    train("--base", output.toString(), "--data", pairs.toString(), "--output", again.toString())
        .succeeds();
    assertThat(again.resolve("metrics.jsonl")).content().hasLineCount(1);
  }

  @Test
  void recipeIsPrintedWithTheCardsValuesAndNothingIsTrained() {
    CommandRun run = train("--recipe").succeeds();
    assertThat(run.out())
        .contains("lr = 2.0E-5\n", "schedule = warmupconstant\n", "warmup = 500\n")
        .contains("weight-decay = 0.01\n", "scale = 20.0\n", "seed = 42\n", "epochs = 1\n");
    String card =
        RecipeOptions.entries(TrainingRecipe.CARD).entrySet().stream()
            .map(entry -> "%s = %s\n".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining());
    assertThat(run.out()).isEqualTo(card);
    assertThat(train("--recipe", "--lr", "1e-3").succeeds().out()).contains("lr = 0.001\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--batch-size 1 | batch size is 1, expected at least 2",
        "--schedule cosine | Invalid value for option '--schedule': expected one of constant, warmupconstant, warmuplinear but was 'cosine'",
        "--similarity euclid | Invalid value for option '--similarity': expected one of dot, cosine but was 'euclid'",
        "--lr 0 | lr is 0.0, expected above 0",
        "--layers 3 | --layers is given, expected --new beside it",
        "--new | --new is given beside --base, expected one of them",
        "--patience 2 | --patience is 2, expected --dev beside it",
        "--eval-steps 0 | --eval-steps is 0, expected at least 1",
        "--checkpoint-steps 0 | --checkpoint-steps is 0, expected at least 1",
        "--text-cols anchor | --text-cols is anchor, expected the columns of two texts",
        "--min-score NaN | --min-score is NaN, expected a finite number",
        "--data x.csv=0 | --data is x.csv=0, expected a weight of at least 1",
      })
  void impossibleOptionsAreRefused(String options, String message) {
    CommandRun run = trainFromBase(folder.resolve("none"), options.split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).startsWith("sbert-spark: " + message);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--data x.csv --output o | --base is missing, expected a model, or --new",
        "--base b --output o | --data is missing, expected files with pairs of texts",
        "--base b --data x.csv | --output is missing, expected a folder to write",
        "--new --hidden 10 --heads 3 --data x --output o | The hidden size is 10, expected a multiple",
        "--new --vocab 100 --data x --output o | --vocab is 100, expected at least 261",
      })
  void incompleteCommandsAreRefused(String options, String message) {
    CommandRun run = train(options.split(" "));
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).startsWith("sbert-spark: " + message);
  }

  @Test
  void outputThatExistsIsRefused() throws IOException {
    Path output = Files.createDirectory(folder.resolve("mine"));
    assertThat(trainFromBase(output).failsInOneLine())
        .isEqualTo(
            "sbert-spark: Cannot write the trained model to %s: it exists; choose another --output"
                .formatted(output));
    assertThat(output).isEmptyDirectory();
  }

  @Test
  void checkpointsInTheOutputAreRefusedBeforeTheDataIsRead() {
    Path output = folder.resolve("model");
    String checkpoint = output.resolve("checkpoint").toString();
    CommandRun run =
        train(
            "--base",
            BASE,
            "--data",
            "none.csv",
            "--output",
            output.toString(),
            "--checkpoint",
            checkpoint);
    assertThat(run.failsInOneLine())
        .isEqualTo(
            "sbert-spark: Cannot keep checkpoints in %s beside the output %s: one contains the other; choose another checkpoint folder"
                .formatted(checkpoint, output));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void dataThatCannotBeTrainedOnIsRefused() throws IOException {
    Path data = folder.resolve("data.jsonl");
    Files.writeString(data, "{\"anchor\": \"a\", \"positive\": \"b\"}\n");
    assertThat(trainOn(data)).endsWith("data.jsonl: it has 1 examples, expected at least 2");
    Files.writeString(data, "{\"anchor\": \"a\", \"positive\": \"b\"}\n{\"anchor\": \"c\"}\n");
    assertThat(trainOn(data))
        .endsWith(
            "1 of 2 rows have no text in column \"positive\"; leave them out with --where \"positive IS NOT NULL\"");
    Files.writeString(data, "{\"anchor\": \"a\", \"positive\": 3}\n");
    assertThat(trainOn(data)).endsWith("column \"positive\" is bigint, expected string");
    Files.writeString(data, "{\"anchor\": \"a\"}\n");
    assertThat(trainOn(data))
        .endsWith(
            "it has no column \"positive\", it has: anchor, _corrupt_record; name them with --text-cols");
    Files.writeString(
        data,
        """
        {"anchor": "a", "positive": "b"}
        {"anchor": "a", "positive": "b"}
        """);
    assertThat(trainOn(data))
        .startsWith(
            "sbert-spark: Cannot make a batch of data set data.jsonl: one of its 2 examples shares a text");
    assertThat(trainOn(folder.resolve("none.jsonl"))).contains("no such file or folder");
  }

  private String trainOn(Path data, String... more) {
    Path output = folder.resolve("none");
    List<String> arguments =
        new ArrayList<>(
            List.of("--base", BASE, "--data", data.toString(), "--output", output.toString()));
    arguments.addAll(List.of(more));
    String line = train(arguments.toArray(String[]::new)).failsInOneLine();
    assertThat(output).doesNotExist();
    return line;
  }

  @Test
  void conditionThatIsNoSqlIsRefused() {
    assertThat(trainFromBase(folder.resolve("none"), "--where", "colour = 1").failsInOneLine())
        .startsWith("sbert-spark: Cannot use --where \"colour = 1\": ");
    assertThat(trainFromBase(folder.resolve("none"), "--where", "score >").failsInOneLine())
        .startsWith("sbert-spark: Cannot use --where \"score >\": ");
  }

  @Test
  void devPairsThatSayNothingAreRefused() throws IOException {
    Path same = Files.writeString(folder.resolve("same.tsv"), "1\ta\tb\n1\tc\td\n");
    assertThat(trainFromBase(folder.resolve("none"), "--dev", same.toString()).failsInOneLine())
        .contains("same.tsv", "expected different scores");
    Path table = Files.writeString(folder.resolve("table.csv"), "a,b\n1,2\n");
    assertThat(trainFromBase(folder.resolve("none"), "--dev", table.toString()).failsInOneLine())
        .contains(
            "column \"score\": ",
            "it has: a, b, _corrupt_record; expected one of score, label, relatedness_score");
  }

  @Test
  void trainingThatMadeNothingBetterSaysSo() {
    Path output = folder.resolve("trained");
    CommandRun run =
        trainFromBase(
                output,
                "--dev",
                dev.toString(),
                "--lr",
                "1e-12",
                "--batch-size",
                "8",
                "--steps-per-epoch",
                "1")
            .succeeds();
    assertThat(run.err())
        .contains("warning: no step made the model better on " + dev + ": the result is the model");
  }

  @Test
  void killedTrainingGoesOnFromItsCheckpoint() throws IOException {
    String checkpoint = folder.resolve("checkpoint").toString();
    Path whole = folder.resolve("whole");
    Path resumed = folder.resolve("resumed");
    trainQuickly(whole, "--checkpoint", checkpoint, "--checkpoint-steps", "2").succeeds();
    // The last checkpoint is that of the end: nothing is left to do, and the result is the same.
    trainQuickly(resumed, "--checkpoint", checkpoint, "--checkpoint-steps", "2").succeeds();
    assertThat(ModelFolder.open(resumed).fingerprint())
        .isEqualTo(ModelFolder.open(whole).fingerprint());
    assertThat(
            trainQuickly(folder.resolve("none"), "--checkpoint", checkpoint, "--seed", "7")
                .failsInOneLine())
        .contains(checkpoint);
  }

  @Test
  void modelThatIsNotThereIsRefused() {
    CommandRun run =
        train(
            "--base",
            folder.resolve("nothing").toString(),
            "--data",
            pairs.toString(),
            "--output",
            folder.resolve("none").toString());
    assertThat(run.failsInOneLine()).contains("nothing");
  }

  @Test
  void baseOfAnotherKindIsRefused() throws IOException {
    Path other = Folders.copy(Path.of(BASE), folder.resolve("other"));
    Path config = other.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replace("\"model_type\": \"roberta\"", "\"model_type\": \"t5\""));
    Path output = folder.resolve("none");
    assertThat(
            train(
                    "--base",
                    other.toString(),
                    "--data",
                    pairs.toString(),
                    "--output",
                    output.toString())
                .failsInOneLine())
        .endsWith(
            "model_type \"t5\" is not supported, expected an encoder such as \"roberta\" or \"bert\"");
    assertThat(output).doesNotExist();
  }
}
