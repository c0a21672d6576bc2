package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.GoldenReport;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.inference.ModelBundle;
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
      "The model's default prompt stands in front of given texts, as in encode()."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ModelVerifyCommand implements Runnable {
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

  @Override
  public void run() {
    try {
      Arguments.require(tolerance > 0, "--tolerance", tolerance, "more than 0");
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    Configuration hadoop = Sessions.hadoop();
    UserFile file = golden == null ? ofModel(hadoop) : UserFile.of(golden, hadoop);
    GoldenTexts given = file == null ? null : GoldenFile.read(file);
    ModelBundle bundle = hub.resolve(model, hadoop).bundle();
    GoldenReport report =
        given == null
            ? bundle.golden().compareWith(bundle, EncoderOptions.DEFAULT)
            : given.compareWith(bundle, withPrompt(bundle.description().defaultPrompt()));
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

  private static EncoderOptions withPrompt(String prompt) {
    EncoderOptions plain = EncoderOptions.DEFAULT;
    return new EncoderOptions(
        plain.maxSeqLength(), plain.tokenBudget(), plain.threads(), prompt, 0, false);
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
