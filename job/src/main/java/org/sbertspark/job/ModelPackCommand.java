package org.sbertspark.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.sbertspark.inference.CacheFolder;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.inference.SharedModels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a bundle of a model. */
@Command(
    name = "pack",
    description =
        "Writes a model as one file that can be used wherever a model is: compiled, with its"
            + " tokenizer and with golden texts that every machine checks when it loads it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelPackCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = ModelCommand.MODEL)
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description =
          "The file to write, local or on hdfs:, s3a:, …; its name ends in "
              + ModelBundle.FILE_SUFFIX
              + ".")
  private String output;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "error",
      description = "What to do if the file exists: error or overwrite. Default: ${DEFAULT-VALUE}.")
  private WriteMode mode;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description =
          "Golden texts of yours: one in each line, or a .json file {\"texts\": [\"...\"]}. Whoever"
              + " has the bundle can read them.")
  private String golden;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = {
        "${COMPLETION-CANDIDATES}. Other than float32: nothing is written if the golden texts' vectors"
            + " in it are too far from float32 on this machine. A bundle serves all precisions.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Precision precision;

  @Override
  public void run() {
    try {
      Arguments.require(mode != WriteMode.APPEND, "--mode", mode, "error or overwrite");
      Arguments.require(
          output.endsWith(ModelBundle.FILE_SUFFIX),
          "--output",
          output,
          "a file's name that ends in " + ModelBundle.FILE_SUFFIX);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    Configuration hadoop = Sessions.hadoop();
    UserFile target = UserFile.of(output, hadoop);
    if (target.isFolder()) {
      throw new JobException("Cannot write %s: it is a folder, expected a file".formatted(output));
    }
    if (mode == WriteMode.ERROR && target.exists()) {
      throw new JobException(
          "Cannot write %s: it exists; use --mode overwrite or another file".formatted(output));
    }
    List<String> texts = golden == null ? null : GoldenFile.readTexts(UserFile.of(golden, hadoop));
    ModelBundle bundle = hub.resolve(model, hadoop).bundle();
    try {
      long sizeBytes = texts == null ? write(bundle, target) : write(bundle, texts, target);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "Packed %s (%s) into %s: %,d bytes%n",
              bundle.name(),
              bundle.fingerprint(),
              output,
              sizeBytes);
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(output, e.getMessage()), e);
    }
  }

  private long write(ModelBundle bundle, UserFile target) throws IOException {
    if (precision != Precision.FLOAT32) {
      // To load it is to compare its golden texts.
      SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT.withPrecision(precision)).close();
    }
    target.copyFrom(bundle.file());
    return Files.size(bundle.file());
  }

  private long write(ModelBundle bundle, List<String> texts, UserFile target) throws IOException {
    Path local = Files.createTempFile(CacheFolder.get(), "pack-", ModelBundle.FILE_SUFFIX);
    try {
      return write(bundle.withGolden(texts, local), target);
    } finally {
      Files.deleteIfExists(local);
    }
  }
}
