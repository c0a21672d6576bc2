package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;
import picocli.CommandLine;

/** The command line itself: help, usage errors, exit codes, what goes where. */
@ExtendWith(TestCache.class)
class MainTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithAllItsOptions(CommandLine command) {
    CommandRun help = CommandRun.of(command.getCommandName(), "--help");
    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Usage: sbert-spark " + command.getCommandName());
    command
        .getCommandSpec()
        .options()
        .forEach(option -> assertThat(help.out()).contains(option.longestName()));
    // Every placeholder of a description was filled in.
    assertThat(help.out()).doesNotContain("${");
  }

  static Stream<CommandLine> commands() {
    return Main.commandLine().getSubcommands().values().stream();
  }

  @Test
  void withoutACommandTheHelpIsShown() {
    CommandRun help = CommandRun.of();
    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("embed", "cluster", "doctor", "quickstart", "--version");
  }

  @Test
  void theVersionTellsWhatItWasBuiltWith() {
    assertThat(CommandRun.of("--version").out()).contains("sbert-spark ", "Spark 3.5", "libtorch");
  }

  @ParameterizedTest
  @MethodSource("wrongUses")
  void aWrongUseIsOneLineAndAHint(String[] args, String expected) {
    CommandRun run = CommandRun.of(args);
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).as(run.err()).hasSize(2);
    assertThat(run.err()).startsWith("sbert-spark: ").contains(expected).doesNotContain("\tat ");
  }

  static Stream<Object[]> wrongUses() {
    return Stream.of(
        wrong("'embedd'", "embedd"),
        wrong("--model", "embed", "--input", "i", "--output", "o"),
        wrong("--bogus", embed("--bogus")),
        wrong("parquet, json, orc", embed("--output-format", "xml")),
        wrong("error, overwrite, append", embed("--mode", "replace")),
        wrong("keep, skip, error", embed("--handle-invalid", "drop")),
        wrong("--token-budget", embed("--token-budget", "many")),
        wrong("--token-budget is -1", embed("--token-budget", "-1")),
        wrong("auto, cpu, cuda, cuda:N", embed("--device", "gpu")),
        wrong("--window-rows is -1", embed("--window-rows", "-1")),
        wrong("--max-seq-length is -1", embed("--max-seq-length", "-1")),
        wrong("--threads is -1", embed("--threads", "-1")),
        wrong("--rows-per-file is -1", embed("--rows-per-file", "-1")),
        wrong("--partitions is -1", embed("--partitions", "-1")),
        wrong("--output-col is", embed("--output-col", " ")),
        wrong("no {column}", embed("--text-col", "{{title}}")),
        wrong("without its }", embed("--text-col", "{title")),
        wrong("--k is 1", "cluster", "--input", "i", "--output", "o", "--k", "1"));
  }

  private static Object[] wrong(String expected, String... args) {
    return new Object[] {args, expected};
  }

  private static String[] embed(String... more) {
    return Stream.concat(
            Stream.of("embed", "--model", "m", "--input", "i", "--output", "o"), Stream.of(more))
        .toArray(String[]::new);
  }

  @Test
  void aLengthBeyondTheModelsIsRefusedBeforeTheJob() throws IOException {
    Path input = Files.writeString(folder.resolve("in.txt"), "x\n");
    String line =
        CommandRun.embed(input, folder.resolve("out"), "--max-seq-length", "5000").failsInOneLine();
    assertThat(line).contains("5000");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void stackTracesAreForVerboseAndTextsForNobody() throws IOException {
    Path input = Files.writeString(folder.resolve("in.json"), FAILING);
    CommandRun quiet = fail(input);
    assertThat(quiet.failsInOneLine()).contains("is null").doesNotContain("SECRET");

    SparkContext spark = SparkTestSession.get().sparkContext();
    CommandRun verbose;
    try {
      verbose = fail(input, "--verbose");
    } finally {
      spark.setLogLevel("ERROR");
    }
    assertThat(verbose.code()).isEqualTo(Main.FAILED);
    assertThat(verbose.err()).contains("is null", "\tat org.sbertspark").doesNotContain("SECRET");
  }

  private static final String FAILING =
      """
      {"text": "SECRET one"}
      {"text": null}
      """;

  private CommandRun fail(Path input, String... more) {
    return CommandRun.embed(
        input,
        folder.resolve("out"),
        Stream.concat(Stream.of("--handle-invalid", "error"), Stream.of(more))
            .toArray(String[]::new));
  }

  @Test
  void argumentsThatJavaCouldNotReadAreRefused() {
    CommandRun run = CommandRun.of("embed", "--prompt", "\uFFFD\uFFFDber");
    assertThat(run.code()).isEqualTo(Main.USAGE);
    assertThat(run.err()).contains("argument 3", "LC_ALL=C.UTF-8").hasLineCount(1);
  }

  @Test
  void aConfigurationThatCannotBeUsedIsAUsageError() {
    var err = new java.io.StringWriter();
    var out = new java.io.PrintWriter(new java.io.StringWriter());
    int code =
        Main.run(
            new String[] {"embed"},
            Optional.of(folder.resolve("none.conf")),
            out,
            new java.io.PrintWriter(err, true));
    assertThat(code).isEqualTo(Main.USAGE);
    assertThat(err.toString()).startsWith("sbert-spark: Cannot read the configuration ");
    assertThat(err.toString().lines()).hasSize(1);
  }
}
