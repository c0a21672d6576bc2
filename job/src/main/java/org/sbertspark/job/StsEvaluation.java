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
import org.sbertspark.job.JudgedPairs.Judgements;
import org.sbertspark.ml.PairScores;

/** Semantic textual similarity: the correlation of similarities with what people say. */
record StsEvaluation(JudgedPairs pairs) implements Evaluation {
  private static final String MAIN = "cosine_spearman";

  /**
   * Checks the scores.
   *
   * @throws JobException if they allow no correlation
   */
  static StsEvaluation of(JudgedPairs pairs) {
    Judgements judgements = pairs.judgements();
    if (judgements.least() == judgements.most()) {
      throw new JobException(
          "Cannot correlate with %s: the score of all %,d pairs is %s, expected different ones"
              .formatted(pairs.paths(), judgements.whole(), judgements.least()));
    }
    return new StsEvaluation(pairs);
  }

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
      throw new JobException(
          "Cannot correlate %,d pairs of %s: the model gives all of them one cosine, %s"
              .formatted(
                  gold.length, pairs.paths(), judged.scores().get(PairSimilarity.COSINE)[0]));
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
