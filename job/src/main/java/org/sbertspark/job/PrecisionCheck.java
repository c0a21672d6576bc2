package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.GoldenReport;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;

/**
 * What a lower precision costs and brings: texts embedded in float32 and in it, on this machine.
 *
 * @param report of the vectors in the precision against those in float32
 * @param exactSeconds one thread took in float32, loading left out
 * @param seconds it took in the precision
 */
record PrecisionCheck(
    Precision precision, GoldenReport report, double exactSeconds, double seconds) {

  private record Timed(float[][] vectors, double seconds) {}

  /**
   * Embeds and compares.
   *
   * @throws IllegalArgumentException if the device is none for the precision
   * @throws org.sbertspark.model.ModelException if this model or machine does not have the
   *     precision
   */
  static PrecisionCheck of(
      ModelBundle bundle, List<String> texts, Precision precision, ComputeDevice device) {
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrompt(bundle.defaultPrompt()).withDevice(device);
    // First what may be refused.
    Timed lower = embed(bundle, texts, options.withPrecision(precision));
    Timed exact = embed(bundle, texts, options);
    return new PrecisionCheck(
        precision, GoldenTexts.compare(exact.vectors, lower.vectors), exact.seconds, lower.seconds);
  }

  private static Timed embed(ModelBundle bundle, List<String> texts, EncoderOptions options) {
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), options)) {
      long start = System.nanoTime();
      EncodedTexts encoded = encoder.encode(texts);
      return new Timed(encoded.vectors(), (System.nanoTime() - start) / 1e9);
    }
  }

  void print(PrintWriter out, String source) {
    out.printf("Precision                %s, against float32%n", precision);
    out.printf("Texts                    %d, %s%n", report.texts(), source);
    out.printf(Locale.ROOT, "Mean cosine              %.6f%n", report.meanCosine());
    out.printf(
        Locale.ROOT,
        "Least cosine             %.6f (text %d, counted from 0)%n",
        report.leastCosine(),
        report.leastCosineText());
    out.printf(
        Locale.ROOT, "Seconds, one thread      %.1f, in float32 %.1f%n", seconds, exactSeconds);
  }
}
