package org.sbertspark.job;

import org.sbertspark.ml.JoinSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which neighbours are looked for, and how. */
final class JoinOptions {
  @Option(
      names = "--k",
      paramLabel = "K",
      description = "The nearest K neighbours of each row; with --threshold, K of those within it.")
  private Integer k;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description = {
        "Only neighbours with at least this cosine or dot product, or at most this Euclidean distance;"
            + " without --k all of them."
      })
  private Double threshold;

  @Option(
      names = "--max-per-row",
      paramLabel = "N",
      defaultValue = "1000",
      description = {
        "Neighbours of a row at most, where there is no --k; rows that have so many are counted."
            + " Default: ${DEFAULT-VALUE}."
      })
  private int maxPerRow;

  @Mixin private CompareOptions compare;

  /**
   * What the options say.
   *
   * @throws IllegalArgumentException if one is out of range, or if there is nothing to look for
   */
  JoinSettings settings() {
    if (k == null && threshold == null) {
      throw new IllegalArgumentException("Give --k, --threshold or both");
    }
    JoinSettings settings = compare.settings().withMaxPerRow(maxPerRow);
    settings = k == null ? settings : settings.withK(k);
    return threshold == null ? settings : settings.withThreshold(threshold);
  }

  /** Whether a row with {@code --max-per-row} neighbours may have more. */
  boolean capped() {
    return k == null;
  }

  int maxPerRow() {
    return maxPerRow;
  }

  JoinMeasure measure() {
    return compare.measure;
  }
}
