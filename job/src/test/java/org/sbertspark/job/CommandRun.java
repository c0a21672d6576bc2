package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;

/**
 * A command that was run in this JVM, in the tests' Spark session.
 *
 * @param out standard output
 * @param err standard error
 */
record CommandRun(int code, String out, String err) {
  /** A model that is small but real. */
  static final String MODEL = Golden.read(Golden.ROBERTA).folder().toString();

  static CommandRun of(String... args) {
    SparkTestSession.get();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(args, Optional.empty(), new PrintWriter(out, true), new PrintWriter(err, true));
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** Embeds with {@link #MODEL}. */
  static CommandRun embed(Path input, Path output, String... more) {
    return embedWith(MODEL, input, output, more);
  }

  static CommandRun embedWith(String model, Path input, Path output, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "embed",
                "--model",
                model,
                "--input",
                input.toString(),
                "--output",
                output.toString()));
    args.addAll(List.of(more));
    return of(args.toArray(String[]::new));
  }

  /** Asserts success; what else was said stands in {@link #err()}. */
  CommandRun succeeds() {
    assertThat(code).as(err).isEqualTo(Main.OK);
    return this;
  }

  /** Asserts a failed run that tells so in one line; gives the line. */
  String failsInOneLine() {
    assertThat(code).as(out + err).isEqualTo(Main.FAILED);
    // Progress is told every ten seconds; a slow machine may come that far.
    List<String> lines = err.lines().filter(line -> !line.startsWith("embedded ")).toList();
    assertThat(lines).as(err).hasSize(1);
    assertThat(lines.get(0)).startsWith("sbert-spark: ");
    return lines.get(0).strip();
  }
}
