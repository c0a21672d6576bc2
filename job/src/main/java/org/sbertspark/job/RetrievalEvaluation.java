package org.sbertspark.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.evaluation.RankingMetrics;
import org.sbertspark.ml.RetrievalScores;

/** Retrieval: whether the relevant documents are those nearest to a query. */
record RetrievalEvaluation(BeirFolder folder) implements Evaluation {
  private static final int MAIN_CUT = 10;

  @Override
  public List<Dataset<Row>> texts() {
    return List.of(folder.documents().select("text"));
  }

  @Override
  public List<Dataset<Row>> queries() {
    return List.of(folder.queries().select("text"));
  }

  @Override
  public TaskScores evaluate(EvaluationVectors vectors) {
    RetrievalScores found =
        RetrievalScores.of(
            folder.queries(),
            folder.documents(),
            folder.judgements(),
            vectors.queries(),
            vectors.texts(),
            vectors.device());
    if (found.queries().isEmpty()) {
      throw new JobException(
          "Cannot evaluate retrieval with %s: of its %,d judged queries none has a relevant document; another %,d are not in queries.jsonl"
              .formatted(folder.path(), found.withoutRelevant(), found.withoutText()));
    }
    Map<Integer, RankingMetrics> means = new LinkedHashMap<>();
    RetrievalScores.CUTS.forEach(k -> means.put(k, found.at(k)));
    Map<String, Double> scores = new LinkedHashMap<>();
    put(scores, means, "ndcg", RankingMetrics::ndcg);
    put(scores, means, "map", RankingMetrics::averagePrecision);
    put(scores, means, "recall", RankingMetrics::recall);
    put(scores, means, "precision", RankingMetrics::precision);
    put(scores, means, "mrr", RankingMetrics::reciprocalRank);
    List<String> lines = new ArrayList<>();
    means.forEach(
        (k, mean) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "at %-4d  nDCG %.4f, MAP %.4f, MRR %.4f, recall %.4f, precision %.4f",
                    k,
                    mean.ndcg(),
                    mean.averagePrecision(),
                    mean.reciprocalRank(),
                    mean.recall(),
                    mean.precision())));
    lines.add(
        String.format(
            Locale.ROOT, "Judged queries that are not in queries.jsonl: %,d", found.withoutText()));
    double[] byQuery =
        found.queries().stream().mapToDouble(query -> query.at(MAIN_CUT).ndcg()).toArray();
    return new TaskScores(
        "queries",
        byQuery.length,
        found.withoutRelevant() + found.withoutText(),
        "ndcg_at_" + MAIN_CUT,
        scores,
        TaskScores.meanOf(byQuery),
        lines);
  }

  private static void put(
      Map<String, Double> scores,
      Map<Integer, RankingMetrics> means,
      String name,
      ToDoubleFunction<RankingMetrics> metric) {
    means.forEach((k, mean) -> scores.put(name + "_at_" + k, metric.applyAsDouble(mean)));
  }
}
