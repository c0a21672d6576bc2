package org.sbertspark.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.evaluation.Correlation;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.ml.PairScores;

/** Semantic textual similarity: the correlation of similarities with what people say. */
record StsEvaluation(JudgedPairs pairs) implements Evaluation {
  private static final String MAIN = "cosine_spearman";

  @Override
  public List<Dataset<Row>> texts() {
    return pairs.texts();
  }

  @Override
  public TaskScores evaluate(EvaluationVectors vectors) {
    PairScores judged = pairs.scores(vectors);
    double[] gold = judged.gold();
    Map<String, Double> scores = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (PairSimilarity similarity : PairSimilarity.values()) {
      Correlation correlation = Correlation.of(gold, judged.scores().get(similarity));
      scores.put(similarity.label() + "_pearson", correlation.pearson());
      scores.put(similarity.label() + "_spearman", correlation.spearman());
      lines.add(
          String.format(
              Locale.ROOT,
              "%-9s  Spearman %.4f, Pearson %.4f",
              similarity.label(),
              correlation.spearman(),
              correlation.pearson()));
    }
    if (Double.isNaN(scores.get(MAIN))) {
      boolean same = IntStream.range(1, gold.length).allMatch(i -> gold[i] == gold[0]);
      throw new JobException(
          "Cannot correlate %,d pairs of %s: %s all of them, expected different ones"
              .formatted(
                  gold.length,
                  pairs.paths(),
                  same ? "the score is " + gold[0] + " for" : "the model gives one cosine to"));
    }
    double[] cosines = judged.scores().get(PairSimilarity.COSINE);
    return new TaskScores(
        "pairs",
        gold.length,
        judged.withoutValue(),
        MAIN,
        scores,
        drawn -> Correlation.of(of(gold, drawn), of(cosines, drawn)).spearman(),
        lines);
  }

  private static double[] of(double[] values, int[] drawn) {
    return IntStream.of(drawn).mapToDouble(item -> values[item]).toArray();
  }
}
