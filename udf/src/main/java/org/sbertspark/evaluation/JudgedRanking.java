package org.sbertspark.evaluation;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * The results of one query beside what people say of the documents. The metrics are those of
 * sentence-transformers' {@code InformationRetrievalEvaluator}; grades above 1, which it does not
 * know, count as trec_eval has it: as linear gain in nDCG, as relevant elsewhere.
 *
 * <p>Immutable, thread-safe.
 */
public final class JudgedRanking {
  /** Grades in the order of the results; 0: not relevant. */
  private final int[] results;

  /** Grades of all relevant documents, the largest first. */
  private final int[] ideal;

  private JudgedRanking(int[] results, int[] ideal) {
    this.results = results;
    this.ideal = ideal;
  }

  /**
   * Looks up the grades of the results.
   *
   * @param results ids of documents, the best first; further down than the largest k that is asked
   *     for they count for nothing
   * @param grades of the judged documents by id: 1 or more if relevant; documents without one are
   *     not
   * @throws IllegalArgumentException if a document is there twice, or no document is relevant: such
   *     a query has no metrics, leave it out
   */
  public static JudgedRanking of(List<String> results, Map<String, Integer> grades) {
    if (new HashSet<>(results).size() < results.size()) {
      throw new IllegalArgumentException(
          "Cannot judge %d results: a document is among them twice, expected each once"
              .formatted(results.size()));
    }
    int[] ideal =
        grades.values().stream()
            .filter(grade -> grade > 0)
            .sorted(Comparator.reverseOrder())
            .mapToInt(Integer::intValue)
            .toArray();
    if (ideal.length == 0) {
      throw new IllegalArgumentException(
          "Cannot judge results by %d grades: none is above 0, expected a relevant document; leave"
                  .formatted(grades.size())
              + " the query out");
    }
    return new JudgedRanking(
        results.stream().mapToInt(id -> Math.max(0, grades.getOrDefault(id, 0))).toArray(), ideal);
  }

  /** A document found. */
  public record Hit(String id, double score) {}

  /** Ids in the order of the results: the largest score first, equal ones by id. */
  public static List<String> ranked(Collection<Hit> hits) {
    Scores.requireNumbers("score", hits.stream().mapToDouble(Hit::score).toArray());
    return hits.stream()
        .sorted(
            // Adding 0 makes 0 of -0, which Double.compare tells from it.
            Comparator.comparingDouble((Hit hit) -> hit.score + 0.0)
                .reversed()
                .thenComparing(Hit::id))
        .map(Hit::id)
        .toList();
  }

  /**
   * The metrics of the first results.
   *
   * @param k how many, 1 or more; fewer results are judged as if irrelevant ones followed
   */
  public RankingMetrics at(int k) {
    if (k < 1) {
      throw new IllegalArgumentException(
          "Cannot judge the first %d results: expected 1 or more".formatted(k));
    }
    int relevant = 0;
    int first = 0;
    double precisions = 0;
    for (int i = 0; i < Math.min(k, results.length); i++) {
      if (results[i] > 0) {
        relevant++;
        precisions += (double) relevant / (i + 1);
        first = first == 0 ? i + 1 : first;
      }
    }
    return new RankingMetrics(
        gain(results, k) / gain(ideal, k),
        precisions / Math.min(k, ideal.length),
        first == 0 ? 0 : 1.0 / first,
        (double) relevant / k,
        (double) relevant / ideal.length,
        first == 0 ? 0 : 1);
  }

  /** Järvelin and Kekäläinen 2002, with the discount of the first rank 1. */
  private static double gain(int[] grades, int k) {
    double sum = 0;
    for (int i = 0; i < Math.min(k, grades.length); i++) {
      sum += grades[i] * Math.log(2) / Math.log(i + 2);
    }
    return sum;
  }
}
