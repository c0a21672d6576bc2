package org.sbertspark.job;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.ClusterAssignment.Distance;
import org.sbertspark.job.ClusterTerms.StopWords;
import org.sbertspark.job.EncodingOptions.InvalidRows;
import org.sbertspark.job.EncodingOptions.OutputType;
import org.sbertspark.training.TrainingRecipe.Schedule;
import org.sbertspark.training.TrainingRecipe.Similarity;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Results go to standard output, everything else to standard error; a failure is
 * one line. Exit codes: {@value #OK}, {@value #FAILED} for a failed run, {@value #USAGE} for a
 * command that was not understood.
 */
@Command(
    name = Main.NAME,
    description = "Sentence embeddings on Apache Spark, and what people do next with them.",
    customSynopsis = {
      "@|bold sbert-spark|@ [spark-submit options] COMMAND [options]",
      "       @|bold sbert-spark|@ COMMAND --help"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      EmbedCommand.class,
      ClusterCommand.class,
      JoinCommand.class,
      SearchCommand.class,
      DedupCommand.class,
      MineCommand.class,
      CommunitiesCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      ModelCommand.class,
      QuickstartCommand.class,
      DoctorCommand.class,
    },
    footer = {
      "",
      "What stands before the command's name goes to spark-submit: --master, --driver-memory, --conf …",
      "Defaults of all options: conf/sbert-spark.conf."
    })
public final class Main implements Runnable {
  static final String NAME = "sbert-spark";
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** What Java makes of an argument's bytes that the locale's charset does not know. */
  private static final char UNREADABLE = '\uFFFD';

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show Spark's warnings, and stack traces of failures.")
  private boolean verbose;

  private final Map<String, String> environment;

  private Main(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The environment's variables. */
  Map<String, String> environment() {
    return environment;
  }

  boolean verbose() {
    return verbose;
  }

  public static void main(String[] args) {
    // Output is for people and programs alike: digits and decimal points are the same everywhere.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(args, ConfigFile.fromEnvironment(System.getenv()), out, err);
    if (code != OK) {
      // Spark's hooks stop the session. Success must return instead: YARN's cluster mode takes an
      // application that exits by itself for a failed one.
      System.exit(code);
    }
    if (SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
  }

  /** Runs a command in this JVM, in its Spark session if it has one, and gives the exit code. */
  static int run(String[] args, Optional<Path> config, PrintWriter out, PrintWriter err) {
    return run(args, config, System.getenv(), out, err);
  }

  /** The same, with another environment than this process has. */
  static int run(
      String[] args,
      Optional<Path> config,
      Map<String, String> environment,
      PrintWriter out,
      PrintWriter err) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].indexOf(UNREADABLE) >= 0) {
        err.printf(
            "%s: argument %d has characters that this process cannot read; set LC_ALL=C.UTF-8%n",
            NAME, i + 1);
        return USAGE;
      }
    }
    CommandLine line = commandLine(environment).setOut(out).setErr(err);
    try {
      ConfigFile.read(config, line).ifPresent(line::setDefaultValueProvider);
    } catch (IllegalArgumentException e) {
      err.println(NAME + ": " + e.getMessage());
      return USAGE;
    }
    return line.execute(args);
  }

  /** All commands with all their options. */
  static CommandLine commandLine() {
    return commandLine(Map.of());
  }

  private static CommandLine commandLine(Map<String, String> environment) {
    return withConverters(new CommandLine(new Main(environment)))
        .setParameterExceptionHandler(Main::explainUsage)
        .setExecutionExceptionHandler(Main::explainFailure);
  }

  /** Reads the values of all options that are no texts or numbers. */
  static CommandLine withConverters(CommandLine line) {
    return line.registerConverter(InputFormat.class, Choice.converter(InputFormat.class))
        .registerConverter(OutputFormat.class, Choice.converter(OutputFormat.class))
        .registerConverter(WriteMode.class, Choice.converter(WriteMode.class))
        .registerConverter(OutputType.class, Choice.converter(OutputType.class))
        .registerConverter(ClusterAlgorithm.class, Choice.converter(ClusterAlgorithm.class))
        .registerConverter(ClusterCount.class, ClusterCount::parse)
        .registerConverter(Precision.class, Main::precision)
        .registerConverter(Distance.class, Choice.converter(Distance.class))
        .registerConverter(JoinMeasure.class, Choice.converter(JoinMeasure.class))
        .registerConverter(EvaluationTask.class, Choice.converter(EvaluationTask.class))
        .registerConverter(PairLayout.class, Choice.converter(PairLayout.class))
        .registerConverter(DeviceChoice.class, Main::device)
        .registerConverter(Schedule.class, label -> constant(Schedule.class, label))
        .registerConverter(Similarity.class, label -> constant(Similarity.class, label))
        .registerConverter(StopWords.class, Choice.converter(StopWords.class))
        .registerConverter(InvalidRows.class, Choice.converter(InvalidRows.class))
        .registerConverter(
            IncrementalOptions.Deleted.class, Choice.converter(IncrementalOptions.Deleted.class));
  }

  private static Precision precision(String label) {
    try {
      return Precision.of(label);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** A constant of the library, whatever its case. */
  private static <E extends Enum<E>> E constant(Class<E> type, String label) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equalsIgnoreCase(label))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected one of %s but was '%s'"
                        .formatted(
                            Arrays.stream(type.getEnumConstants())
                                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", ")),
                            label)));
  }

  private static DeviceChoice device(String label) {
    try {
      return new DeviceChoice(label);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** Without a command: the help. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static int explainUsage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    List<String> unknown = line.getUnmatchedArguments();
    boolean alsoUnknown = e instanceof MissingParameterException && !unknown.isEmpty();
    err.println(
        NAME
            + ": "
            + (alsoUnknown
                ? "Unknown option: '%s'".formatted(unknown.get(0))
                : ErrorLine.firstLine(e.getMessage())));
    if (!UnmatchedArgumentException.printSuggestions(e, err)) {
      err.printf("Try '%s --help'.%n", line.getCommandSpec().qualifiedName());
    }
    return USAGE;
  }

  private static int explainFailure(Exception e, CommandLine line, ParseResult parsed) {
    line.getErr().println(NAME + ": " + ErrorLine.of(e));
    Main main = (Main) line.getCommandSpec().root().userObject();
    if (main.verbose) {
      e.printStackTrace(line.getErr());
    }
    return FAILED;
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      BuildInfo build = BuildInfo.CURRENT;
      return new String[] {
        "sbert-spark " + build.version(),
        "for Spark %s, with DJL %s and libtorch %s (%s)"
            .formatted(build.spark(), build.djl(), build.libtorch(), build.natives())
      };
    }
  }
}
