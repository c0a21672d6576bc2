package org.sbertspark.job;

import java.util.Optional;
import org.sbertspark.ml.ApproximateSettings;
import picocli.CommandLine.Option;

/** Whether a join may miss some neighbours, and how many. */
final class ApproximateOptions {
  @Option(
      names = "--approximate",
      description = {
        "Compare each row only with the nearest of the lists into which k-means deals the rows. The"
            + " share of the true neighbours that is found, the recall, is measured and printed."
      })
  private boolean approximate;

  @Option(
      names = "--target-recall",
      paramLabel = "SHARE",
      defaultValue = "0.95",
      description =
          "Probe as many lists as this recall needs; 0: only --probes. Default: ${DEFAULT-VALUE}.")
  private double targetRecall;

  @Option(
      names = "--probes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Lists that each row is compared with, at least. Default: ${DEFAULT-VALUE}.")
  private int probes;

  @Option(
      names = "--lists",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Lists to deal the rows into; 0: the root of the number of rows. Default: ${DEFAULT-VALUE}."
      })
  private int lists;

  @Option(
      names = "--recall-queries",
      paramLabel = "N",
      defaultValue = "256",
      description = {
        "Rows that are compared with all others to measure the recall. Default: ${DEFAULT-VALUE}."
      })
  private int queries;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description = {
        "Of the choice of the rows that k-means learns from, and of those that the recall is measured"
            + " on. Default: ${DEFAULT-VALUE}."
      })
  private long seed;

  /**
   * What the options say; empty for an exact join.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  Optional<ApproximateSettings> settings() {
    ApproximateSettings settings =
        new ApproximateSettings(lists, probes, targetRecall, queries, seed);
    return approximate ? Optional.of(settings) : Optional.empty();
  }
}
