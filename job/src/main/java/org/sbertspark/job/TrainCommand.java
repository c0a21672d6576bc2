package org.sbertspark.job;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.job.TrainingData.Counted;
import org.sbertspark.job.report.ReportPage;
import org.sbertspark.ml.SentenceEmbedderTrainer;
import org.sbertspark.ml.TrainingOutcome;
import org.sbertspark.ml.TrainingProgress;
import org.sbertspark.ml.TrainingSet;
import org.sbertspark.ml.VocabularyLearner;
import org.sbertspark.training.BytePairVocabulary;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.NewModel;
import org.sbertspark.training.StepMetrics;
import org.sbertspark.training.Trainer;
import org.sbertspark.training.TrainingRecipe;
import org.sbertspark.training.TrainingReport.DataSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a model on pairs of texts that mean the same. */
@Command(
    name = "train",
    description = {
      "Trains a model on pairs of texts that mean the same: in the space of its vectors they move"
          + " together, and apart from the other texts of their batch"
          + " (MultipleNegativesRankingLoss).",
      "The data comes from all of Spark; one executor trains, with the cores that Spark gives it or its"
          + " GPU. The result is a folder that embed and Python's sentence-transformers load."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TrainCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--base",
      paramLabel = "MODEL",
      description =
          "The model to start from: a sentence-transformers folder, or a name on the Hugging Face"
              + " hub.")
  private String base;

  @Mixin private HubOptions hub;
  @Mixin private NewModelOptions fresh;
  @Mixin private TrainingData data;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description =
          "The folder to write, which must not exist; on a cluster on a file system that all machines"
              + " see.")
  private String output;

  @Option(
      names = "--recipe",
      description = "Print the recipe, as lines of the configuration file, and stop.")
  private boolean showRecipe;

  @Mixin private RecipeOptions options;

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description =
          "Pairs of texts with human scores: a table with the columns score, sentence1 and sentence2,"
              + " or a file of STS or SICK. The model that orders them best is the result.")
  private String dev;

  @Option(
      names = "--eval-steps",
      paramLabel = "STEPS",
      defaultValue = "" + SentenceEmbedderTrainer.DEFAULT_EVAL_STEPS,
      description = "Steps from one look at --dev to the next. Default: ${DEFAULT-VALUE}.")
  private int evalSteps;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Stop when --dev was looked at so many times without a better result; 0: never."
              + " Default: ${DEFAULT-VALUE}.")
  private int patience;

  @Option(
      names = "--checkpoint",
      paramLabel = "PATH",
      description =
          "A folder in which the training keeps its state: started again with the same command, it"
              + " goes on from there, as if nothing had happened.")
  private String checkpoint;

  @Option(
      names = "--checkpoint-steps",
      paramLabel = "STEPS",
      defaultValue = "" + SentenceEmbedderTrainer.DEFAULT_CHECKPOINT_STEPS,
      description = "Steps from one checkpoint to the next. Default: ${DEFAULT-VALUE}.")
  private int checkpointSteps;

  @Mixin private DeviceOptions device;

  @Option(
      names = "--threads",
      paramLabel = "THREADS",
      defaultValue = "0",
      description =
          "Threads that train; 0: one for each core that Spark gives the executor. Default:"
              + " ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page to look at, with the curves of loss, learning rate and --dev: one HTML"
              + " file that needs no network.")
  private String report;

  @Override
  public void run() {
    TrainingRecipe recipe;
    try {
      recipe = options.recipe();
      if (!showRecipe) {
        validate(recipe);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (showRecipe) {
      RecipeOptions.entries(recipe).forEach((key, value) -> out().printf("%s = %s%n", key, value));
      return;
    }
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    refuseFolders(hadoop);
    Optional<ReportFile> page =
        Optional.ofNullable(report).map(file -> ReportFile.prepareNew(file, output, hadoop));
    Optional<DevSet> judged =
        Optional.ofNullable(dev)
            .map(file -> DevPairs.read(file, spark, spec.commandLine().getErr()));
    List<Counted> counted = data.open(spark);
    counted.forEach(out()::println);
    List<TrainingSet> sets = counted.stream().map(Counted::set).toList();
    TrainingOutcome outcome =
        fresh.given
            ? fromRandomWeights(sets, judged, recipe, spark)
            : train(base, sets, judged, recipe, spark);
    page.ifPresent(file -> write(file, outcome, counted, recipe, hadoop));
    print(outcome);
  }

  private void validate(TrainingRecipe recipe) {
    if (base == null && !fresh.given) {
      throw new IllegalArgumentException("--base is missing, expected a model, or --new");
    }
    if (base != null && fresh.given) {
      throw new IllegalArgumentException("--new is given beside --base, expected one of them");
    }
    if (output == null) {
      throw new IllegalArgumentException("--output is missing, expected a folder to write");
    }
    fresh.validate(recipe);
    data.validate();
    Arguments.atLeast("--eval-steps", evalSteps, 1, "at least 1");
    Arguments.atLeast("--patience", patience, 0, "0 (never stop early) or more");
    Arguments.require(patience == 0 || dev != null, "--patience", patience, "--dev beside it");
    Arguments.atLeast("--checkpoint-steps", checkpointSteps, 1, "at least 1");
    Arguments.atLeast("--threads", threads, 0, "0 (all cores of the executor) or more");
  }

  private void refuseFolders(Configuration hadoop) {
    try {
      org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(output);
      if (folder.getFileSystem(hadoop).exists(folder)) {
        throw new JobException(
            "Cannot write the trained model to %s: it exists; choose another --output"
                .formatted(output));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot write %s: %s".formatted(output, e.getMessage()), e);
    }
    if (checkpoint != null) {
      try {
        SentenceEmbedderTrainer.requireApart(output, checkpoint, hadoop);
      } catch (IllegalArgumentException | UncheckedIOException e) {
        throw new JobException(e.getMessage(), e);
      }
    }
  }

  private TrainingOutcome fromRandomWeights(
      List<TrainingSet> sets, Optional<DevSet> judged, TrainingRecipe recipe, SparkSession spark) {
    try {
      Path folder = Files.createTempDirectory("sbert-spark-new");
      try {
        List<Dataset<Row>> texts = sets.stream().map(TrainingSet::rows).toList();
        BytePairVocabulary vocabulary =
            VocabularyLearner.learn(texts, fresh.vocabulary, fresh.lowerCase);
        out().printf(Locale.ROOT, "Learned a vocabulary of %,d tokens%n", vocabulary.size());
        Path model = folder.resolve(NewModel.NAME);
        fresh.model(recipe).write(model, vocabulary, recipe.seed());
        return train(model.toString(), sets, judged, recipe, spark);
      } finally {
        FileUtil.fullyDelete(folder.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write a new model: " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("try") // the progress line only has to be closed
  private TrainingOutcome train(
      String from,
      List<TrainingSet> sets,
      Optional<DevSet> judged,
      TrainingRecipe recipe,
      SparkSession spark) {
    SentenceEmbedderTrainer trainer =
        new SentenceEmbedderTrainer()
            .setModel(from)
            .setRecipe(recipe)
            .setOutput(output)
            .setEvalSteps(evalSteps)
            .setPatience(patience)
            .setCheckpointSteps(checkpointSteps)
            .setDevice(device.device.label())
            .setThreads(threads);
    if (checkpoint != null) {
      trainer.setCheckpoint(checkpoint);
    }
    TrainingProgress steps = TrainingProgress.register(spark.sparkContext(), "train");
    try (Progress progress =
        Progress.start(spark.sparkContext(), steps, spec.commandLine().getErr())) {
      return hub.fetching(from, access -> trainer.train(sets, judged, access, steps));
    }
  }

  private void write(
      ReportFile file,
      TrainingOutcome outcome,
      List<Counted> sets,
      TrainingRecipe recipe,
      Configuration hadoop) {
    byte[] lines = UserFile.of(outcome.metrics(), hadoop).read();
    List<StepMetrics> steps = TrainingPage.steps(new String(lines, StandardCharsets.UTF_8));
    List<DataSet> described = sets.stream().map(Counted::description).toList();
    String title = new org.apache.hadoop.fs.Path(output).getName();
    String from = fresh.given ? NewModel.NAME : base;
    file.write(
        out ->
            ReportPage.TRAINING.write(
                TrainingPage.of(
                    title, from, recipe, described, outcome.summary().startDev(), steps),
                BuildInfo.CURRENT.chartJs(),
                out));
  }

  private void print(TrainingOutcome outcome) {
    Trainer.Summary summary = outcome.summary();
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "Trained %,d steps%s in %s on one executor: %,.0f tokens/s, %.0f GFLOP/s, %.0f%% of sgemm%n",
        summary.steps(),
        summary.stopped() ? " (stopped early: --dev became no better)" : "",
        Progress.duration(summary.seconds()),
        summary.seconds() == 0 ? 0 : summary.tokens() / summary.seconds(),
        summary.gflops(),
        100 * summary.gflops() / summary.sgemmGflops());
    if (!Double.isNaN(summary.loss())) { // no step was left to this run
      out.printf(Locale.ROOT, "Loss of the last step: %.4f%n", summary.loss());
    }
    if (summary.bestDev() != null) {
      out.printf(
          Locale.ROOT,
          "Spearman on %s: %s before, %.4f after step %,d, which is the result%n",
          dev,
          summary.startDev() == null
              ? "unknown"
              : String.format(Locale.ROOT, "%.4f", summary.startDev()),
          summary.bestDev(),
          summary.bestStep());
      if (summary.bestStep() == 0) {
        spec.commandLine()
            .getErr()
            .printf(
                "%s: warning: no step made the model better on %s: the result is the model as it was%n",
                Main.NAME, dev);
      }
    }
    out.printf("Wrote the model to %s%n", output);
    if (report != null) {
      out.printf("Wrote the report to %s%n", report);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
