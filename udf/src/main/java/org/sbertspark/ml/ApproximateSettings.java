package org.sbertspark.ml;

/**
 * How an {@link ApproximateJoin} saves work.
 *
 * @param lists into which rows are dealt by k-means; 0: the root of the number of rows
 * @param probes lists that each row is compared with, at least
 * @param targetRecall raises the probes until so large a share of true neighbours is found; 0:
 *     leaves them
 * @param queries rows whose true neighbours are looked up, to know the share
 * @param seed of the choice of rows that k-means learns from, and of those queries
 */
public record ApproximateSettings(
    int lists, int probes, double targetRecall, int queries, long seed) {

  /** A recall of 0.95. */
  public static final ApproximateSettings DEFAULT = new ApproximateSettings(0, 1, 0.95, 256, 1);

  public ApproximateSettings {
    JoinSettings.require(lists == 0 || lists >= 2, "lists", lists, "0 (choose) or 2 and more");
    JoinSettings.require(probes >= 1, "probes", probes, "1 or more");
    JoinSettings.require(
        targetRecall >= 0 && targetRecall <= 1, "targetRecall", targetRecall, "a share, 0 to 1");
    JoinSettings.require(queries >= 1, "queries", queries, "1 or more");
  }
}
