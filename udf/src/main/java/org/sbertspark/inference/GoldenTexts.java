package org.sbertspark.inference;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sbertspark.model.ModelException;

/**
 * A few texts with the vectors that a model gives them. In a bundle: those that the plain program
 * gave where the model was compiled. Whoever loads the bundle computes them again, so that another
 * processor, another library or a damaged file shows at once.
 *
 * @param texts at least one
 * @param vectors {@code [texts][dimension]}
 * @param inputIds the token ids of each text, special ones included; null if they are not known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GoldenTexts(List<String> texts, float[][] vectors, long[][] inputIds) {

  /** Short, empty, beyond ASCII, and longer than most models allow. */
  static final List<String> TEXTS =
      List.of(
          "A quick check that this machine computes what the others do.",
          "",
          "Ünïcödé, 中文, 😀 and 1234567890",
          "long ".repeat(200).strip());

  /** Largest difference of a component, as a share of the vector's norm. */
  public static final double TOLERANCE = 1e-5;

  public GoldenTexts {
    texts = List.copyOf(texts);
    requireCount("vectors", vectors.length, texts.size());
    if (inputIds != null) {
      requireCount("sequences of ids", inputIds.length, texts.size());
    }
  }

  GoldenTexts(List<String> texts, float[][] vectors) {
    this(texts, vectors, null);
  }

  private static void requireCount(String what, int count, int texts) {
    if (texts == 0 || count != texts) {
      throw new IllegalArgumentException(
          "Golden texts: there are %d texts and %d %s, expected one each, and at least one"
              .formatted(texts, count, what));
    }
  }

  /**
   * Computes the texts on this machine and compares.
   *
   * @throws ModelException if the bundle cannot be loaded or has another dimension
   */
  public GoldenReport compareWith(ModelBundle bundle, EncoderOptions options) {
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), options)) {
      return GoldenReport.compare(
          vectors, encoder.encode(texts).vectors(), sameIds(bundle, options));
    }
  }

  /**
   * Compares vectors of the same texts.
   *
   * @param expected {@code [texts][dimension]}, at least one text; so {@code computed}
   */
  public static GoldenReport compare(float[][] expected, float[][] computed) {
    return GoldenReport.compare(expected, computed, Optional.empty());
  }

  private Optional<Boolean> sameIds(ModelBundle bundle, EncoderOptions options) {
    if (inputIds == null) {
      return Optional.empty();
    }
    try (TextTokenizer tokenizer = bundle.tokenizer()) {
      int max = options.maxSeqLength() == 0 ? bundle.maxSeqLength() : options.maxSeqLength();
      for (int i = 0; i < inputIds.length; i++) {
        String canonical = tokenizer.canonical(options.prompt() + texts.get(i));
        if (!Arrays.equals(tokenizer.truncate(tokenizer.ids(canonical), max), inputIds[i])) {
          return Optional.of(false);
        }
      }
      return Optional.of(true);
    }
  }

  /**
   * Compares with the vectors of this machine: in float32 the components, in other precisions the
   * directions.
   *
   * @throws ModelException naming what was compared
   */
  void verify(float[][] computed, Precision precision, String model, String host) {
    GoldenReport report = GoldenReport.compare(vectors, computed, Optional.empty());
    if (precision != Precision.FLOAT32) {
      verifyCosine(report.leastCosine(), precision, model, host);
      return;
    }
    double worst = report.largestDifference();
    if (worst > TOLERANCE) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "Model %s gives other vectors on host %s than where it was compiled: largest difference"
                  + " %.2e of the norm, expected at most %.0e. Remove the model cache there; if that"
                  + " does not help, that machine must not embed",
              model,
              host,
              worst,
              TOLERANCE));
    }
  }

  private static void verifyCosine(double cosine, Precision precision, String model, String host) {
    // Written so that NaN fails.
    if (!(cosine >= precision.leastCosine())) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "Model %s in %s on host %s gives vectors too far from those in float32: cosine %.4f,"
                  + " expected at least %.2f; use float32",
              model,
              precision,
              host,
              cosine,
              precision.leastCosine()));
    }
  }
}
