package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.GoldenReport;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.job.demo.SampleCorpus.SampleText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares a model's vectors on this machine with given ones. */
@Command(
    name = "verify",
    description = {
      "Computes golden texts on this machine and compares with given vectors, such as those of the"
          + " Python implementation. Fails if they differ.",
      "The model's default prompt stands in front of given texts, as in encode().",
      "With --precision it compares that precision with float32 instead."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelVerifyCommand implements Runnable {
  /** Texts of the sample corpus that tell precisions apart well enough. */
  private static final int SAMPLE = 500;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = ModelCommand.MODEL)
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--golden",
      paramLabel = "FILE",
      description = {
        "JSON: {\"texts\": [\"...\"], \"vectors\": [[...]], \"input_ids\": [[...]]}. The ids may be"
            + " left out, and the vectors lie in "
            + GoldenFile.VECTORS
            + " beside it.",
        "Default: "
            + GoldenFile.NAME
            + " in the model's folder, else the texts that the bundle has from its making."
      })
  private String golden;

  @Option(
      names = "--tolerance",
      paramLabel = "SHARE",
      defaultValue = "" + GoldenTexts.TOLERANCE,
      description =
          "The largest difference of a component, as a share of its vector's norm, that passes."
              + " Default: ${DEFAULT-VALUE}.")
  private double tolerance;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = {
        "${COMPLETION-CANDIDATES}. Other than float32: embeds --texts in both on this machine, prints"
            + " the cosines between them, and fails if their mean is below --min-cosine.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Precision precision;

  @Mixin private DeviceOptions device;

  @Option(
      names = "--texts",
      paramLabel = "FILE",
      description = {
        "Texts to compare precisions with: one in each line, or a .json file {\"texts\": [\"...\"]}."
            + " Take some that are like yours.",
        "Default: English texts that come with the program."
      })
  private String texts;

  @Option(
      names = "--min-cosine",
      paramLabel = "COSINE",
      defaultValue = "0.99",
      description =
          "The least mean cosine between the vectors of two precisions that passes."
              + " Default: ${DEFAULT-VALUE}.")
  private double minCosine;

  @Override
  public void run() {
    try {
      Arguments.require(tolerance > 0, "--tolerance", tolerance, "more than 0");
      Arguments.require(minCosine >= -1 && minCosine <= 1, "--min-cosine", minCosine, "-1 to 1");
      Arguments.require(
          texts == null || precision != Precision.FLOAT32,
          "--texts",
          texts,
          "--precision int8, bfloat16 or float16 beside it");
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    Configuration hadoop = Sessions.hadoop();
    if (precision != Precision.FLOAT32) {
      comparePrecisions(hadoop);
      return;
    }
    UserFile file = golden == null ? ofModel(hadoop) : UserFile.of(golden, hadoop);
    GoldenTexts given = file == null ? null : GoldenFile.read(file);
    ModelBundle bundle = hub.resolve(model, hadoop).bundle();
    EncoderOptions options = EncoderOptions.DEFAULT.withDevice(computeDevice());
    GoldenReport report =
        given == null
            ? bundle.golden().compareWith(bundle, options)
            : given.compareWith(bundle, options.withPrompt(bundle.defaultPrompt()));
    String source = file == null ? "the bundle's own" : file.given();
    print(report, source);
    if (report.largestDifference() > tolerance) {
      throw new JobException(
          String.format(
              Locale.ROOT,
              "Model %s does not give the vectors of %s here: largest difference %.2e of the norm"
                  + " (text %d, counted from 0), expected at most %.2e",
              model,
              source,
              report.largestDifference(),
              report.worstText(),
              tolerance));
    }
  }

  /** The file in the model's folder; null if there is none. */
  private UserFile ofModel(Configuration hadoop) {
    UserFile folder = UserFile.of(model, hadoop);
    if (!folder.isFolder()) {
      return null;
    }
    UserFile file = folder.child(GoldenFile.NAME);
    return file.exists() ? file : null;
  }

  /** Outside of Spark's tasks there are no GPUs but those that are asked for. */
  private ComputeDevice computeDevice() {
    return device.device.resolve(List.of());
  }

  private void comparePrecisions(Configuration hadoop) {
    List<String> given =
        texts == null
            ? SampleCorpus.texts().stream().map(SampleText::text).limit(SAMPLE).toList()
            : GoldenFile.readTexts(UserFile.of(texts, hadoop));
    ModelBundle bundle = hub.resolve(model, hadoop).bundle();
    PrecisionCheck check = PrecisionCheck.of(bundle, given, precision, computeDevice());
    check.print(spec.commandLine().getOut(), texts == null ? "from the sample corpus" : texts);
    double cosine = check.report().meanCosine();
    if (!(cosine >= minCosine)) {
      throw new JobException(
          String.format(
              Locale.ROOT,
              "Model %s in %s is too far from float32 on these texts: mean cosine %.4f, expected at"
                  + " least %.4f",
              model,
              precision,
              cosine,
              minCosine));
    }
  }

  private void print(GoldenReport report, String source) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "Golden texts             %d, %s%n", report.texts(), source);
    out.printf(
        Locale.ROOT,
        "Largest difference       %.2e of the norm (text %d, counted from 0)%n",
        report.largestDifference(),
        report.worstText());
    out.printf(
        Locale.ROOT, "Largest norm difference  %.2e of the norm%n", report.largestNormDifference());
    out.printf(Locale.ROOT, "Least cosine             %.9f%n", report.leastCosine());
    out.printf(
        "Token ids                %s%n",
        report.sameIds().map(same -> same ? "equal" : "not equal").orElse("not given"));
  }
}
