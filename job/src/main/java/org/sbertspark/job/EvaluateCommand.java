package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.evaluation.PairedBootstrap;
import org.sbertspark.job.JudgedModel.Result;
import org.sbertspark.ml.ResolvedModel;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says how good a model is, by data that people have judged. */
@Command(
    name = "evaluate",
    description = {
      "Says how good a model is, or which of two is better, by data that people have judged: one task"
          + " with its data, or a suite of them. Each distinct text is embedded once for all tasks.",
      "What has no text or judgement is left out, and counted."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EvaluateCommand implements Runnable {
  private static final int ROUNDS = 1000;
  private static final long SEED = 1;

  @Spec private CommandSpec spec;

  @Option(names = "--model", paramLabel = "MODEL", description = ModelCommand.MODEL)
  private String model;

  @Option(
      names = "--compare",
      paramLabel = "MODEL",
      arity = "2",
      description = {
        "Two models, A and B, in place of --model: their main scores side by side, with a 95%% interval"
            + " of the difference, from "
            + ROUNDS
            + " draws of the pairs, sets or queries (paired bootstrap)."
      })
  private List<String> compared;

  @Mixin private HubOptions hub;

  @Mixin private TaskOptions task;

  @Option(
      names = "--suite",
      paramLabel = "FILE",
      description = {
        "In place of --task: a file of JSON or YAML (.yaml, .yml) with several, {\"tasks\": [{\"name\":"
            + " \"STS12\", \"task\": \"sts\", \"input\": \"sts/2012/*.tsv\"}, …]}.",
        "An entry may have all options of a task, without their hyphens, and the revision of its data set;"
            + " inputs are relative to the file's folder."
      })
  private String suite;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description =
          "Folder for a JSON file a task, PATH/MODEL/REVISION/TASK.json, in the shape of MTEB's"
              + " results; files of the same names are replaced.")
  private String output;

  @Option(
      names = "--json",
      description = "Print the results as one line of JSON, in place of sentences.")
  private boolean json;

  @Mixin private EmbedderOptions encoding;

  @Override
  public void run() {
    try {
      validate();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    List<NamedTask> tasks =
        suite == null
            ? List.of(new NamedTask(task.task.label(), null, task))
            : Suite.read(UserFile.of(suite, hadoop)).tasks();
    List<Evaluation> evaluations = open(tasks, spark);
    List<String> sources = compared == null ? List.of(model) : compared;
    // All are found before the first one works.
    List<ResolvedModel> resolved = sources.stream().map(hub::resolve).toList();
    List<JudgedModel> judged = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      judged.add(
          JudgedModel.of(
              sources.get(i), resolved.get(i), tasks, evaluations, encoding, spark, err()));
    }
    if (output != null) {
      UserFile folder = UserFile.of(output, hadoop);
      judged.forEach(one -> MtebResults.write(one, folder));
    }
    if (json) {
      out().println(MtebResults.line(judged, compared == null ? List.of() : differences(judged)));
    } else {
      report(judged);
    }
  }

  private void validate() {
    encoding.validate();
    // The model may be the configuration's; what the command line says comes first.
    if (compared == null ? model == null : isGiven("--model")) {
      throw new IllegalArgumentException("Give --model or --compare, one of the two");
    }
    if (suite == null) {
      if (task.task == null) {
        throw new IllegalArgumentException("Give --task or --suite, one of the two");
      }
      task.validate();
      return;
    }
    CommandLine data = new CommandLine(new TaskOptions());
    for (OptionSpec option : data.getCommandSpec().options()) {
      Arguments.require(
          !isGiven(option.longestName()),
          option.longestName(),
          "given",
          "none beside --suite: its entries say that");
    }
  }

  private boolean isGiven(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  private List<Evaluation> open(List<NamedTask> tasks, SparkSession spark) {
    return tasks.stream().map(one -> one.options().task.open(one.options(), spark, err())).toList();
  }

  private void report(List<JudgedModel> judged) {
    JudgedModel first = judged.get(0);
    if (judged.size() == 2) {
      JudgedModel second = judged.get(1);
      out().println("A: " + first.title());
      out().println("B: " + second.title());
      ScoreTable.print(first, second, differences(judged), out());
      out()
          .printf(
              "Interval: %d draws of each task's items, of which it takes two or more; *: zero is"
                  + " outside%n",
              ROUNDS);
    } else if (suite == null) {
      Result result = first.results().get(0);
      print(first, result.scores());
    } else {
      out()
          .printf(
              Locale.ROOT,
              "Evaluated %s, %,d distinct texts%n",
              first.title(),
              first.totals().rowsIn());
      ScoreTable.print(first, out());
    }
    if (output != null) {
      out().printf("Wrote the results to %s%n", output);
    }
  }

  /** Second minus first model, for each task. */
  private static List<PairedBootstrap> differences(List<JudgedModel> two) {
    List<PairedBootstrap> differences = new ArrayList<>();
    for (int i = 0; i < two.get(0).results().size(); i++) {
      TaskScores a = two.get(0).results().get(i).scores();
      TaskScores b = two.get(1).results().get(i).scores();
      differences.add(PairedBootstrap.of(a.judged(), a.mainOf(), b.mainOf(), ROUNDS, SEED));
    }
    return differences;
  }

  private void print(JudgedModel judged, TaskScores scores) {
    out()
        .printf(
            Locale.ROOT,
            "Evaluated %s by %,d %s with %,d distinct texts; left out %,d%n",
            judged.title(),
            scores.judged(),
            scores.items(),
            judged.totals().rowsIn(),
            scores.leftOut());
    scores.lines().forEach(out()::println);
    out().printf(Locale.ROOT, "Main score, %s: %.4f%n", scores.mainName(), scores.main());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
