package org.sbertspark.evaluation;

import java.util.Collection;

/**
 * How well scores put the positive candidates of queries first, as sentence-transformers' {@code
 * RerankingEvaluator} says it.
 *
 * @param queries with positive and negative candidates; the others say nothing and are left out
 * @param map mean over the queries of the average precision, as scikit-learn defines it; 0 to 1,
 *     NaN without queries
 * @param mrrAt10 mean of one over the rank of the best positive candidate, 0 behind rank 10; 0 to
 *     1, NaN without queries
 */
public record RerankingMetrics(long queries, double map, double mrrAt10) {
  private static final int RANKS = 10;

  /**
   * What one query gives.
   *
   * @param averagePrecision 0 to 1
   * @param reciprocalRankAt10 0 to 1
   */
  public record Query(double averagePrecision, double reciprocalRankAt10) {

    /**
     * Judges the scores of a query's candidates. A negative candidate stands before a positive one
     * of the same score: a model that gives all of them one score has put none first.
     *
     * @param scores larger for candidates that belong further up
     * @param positive whether each candidate is, in the same order
     * @throws IllegalArgumentException if there are not equally many of both, a score is NaN, or
     *     the candidates are not {@link #judgeable}
     */
    public static Query of(double[] scores, boolean[] positive) {
      if (scores.length != positive.length) {
        throw new IllegalArgumentException(
            "Cannot compare %d scores with %d labels: expected one of each per candidate"
                .formatted(scores.length, positive.length));
      }
      Scores.requireNumbers("score", scores);
      if (!judgeable(positive)) {
        throw new IllegalArgumentException(
            "Cannot judge the order of %d candidates: expected positive and negative ones; leave"
                    .formatted(scores.length)
                + " the query out");
      }
      double best = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < scores.length; i++) {
        best = positive[i] ? Math.max(best, scores[i]) : best;
      }
      int rank = 1;
      for (int i = 0; i < scores.length; i++) {
        rank += !positive[i] && scores[i] >= best ? 1 : 0;
      }
      return new Query(AveragePrecision.of(scores, positive), rank <= RANKS ? 1.0 / rank : 0);
    }

    /** Whether there are positive and negative candidates. */
    public static boolean judgeable(boolean[] positive) {
      for (boolean is : positive) {
        if (is != positive[0]) {
          return true;
        }
      }
      return false;
    }
  }

  /** The mean over queries, each counting the same. */
  public static RerankingMetrics mean(Collection<Query> queries) {
    return new RerankingMetrics(
        queries.size(),
        queries.stream().mapToDouble(Query::averagePrecision).average().orElse(Double.NaN),
        queries.stream().mapToDouble(Query::reciprocalRankAt10).average().orElse(Double.NaN));
  }
}
