package org.sbertspark.evaluation;

import java.io.Serializable;
import java.util.Collection;
import java.util.function.ToDoubleFunction;

/**
 * How good the first k results are, of one query or on average over many: each metric from 0 to 1.
 *
 * @param ndcg discounted cumulative gain, as a share of what the best order gives; the gain of a
 *     document is its grade, discounted by log2(rank + 1)
 * @param averagePrecision sum of the precision at each relevant result, over the number of relevant
 *     documents, or over k if that is smaller
 * @param reciprocalRank one over the rank of the first relevant result; 0 if there is none
 * @param precision relevant results, over k
 * @param recall relevant results, over all relevant documents
 * @param accuracy 1 if a result is relevant
 */
public record RankingMetrics(
    double ndcg,
    double averagePrecision,
    double reciprocalRank,
    double precision,
    double recall,
    double accuracy)
    implements Serializable {

  /** The mean over queries, each counting the same: MAP, MRR and so on; NaN of no query. */
  public static RankingMetrics mean(Collection<RankingMetrics> queries) {
    return new RankingMetrics(
        mean(queries, RankingMetrics::ndcg),
        mean(queries, RankingMetrics::averagePrecision),
        mean(queries, RankingMetrics::reciprocalRank),
        mean(queries, RankingMetrics::precision),
        mean(queries, RankingMetrics::recall),
        mean(queries, RankingMetrics::accuracy));
  }

  private static double mean(
      Collection<RankingMetrics> queries, ToDoubleFunction<RankingMetrics> metric) {
    return queries.stream().mapToDouble(metric).average().orElse(Double.NaN);
  }
}
