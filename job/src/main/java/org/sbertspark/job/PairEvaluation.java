package org.sbertspark.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.evaluation.PairClassificationMetrics;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.job.JudgedPairs.Judgements;
import org.sbertspark.ml.PairScores;

/**
 * Pair classification: how well similarities tell pairs of label 1 from those of label 0. The main
 * score is the largest average precision of the four similarities, as in MTEB.
 */
record PairEvaluation(JudgedPairs pairs) implements Evaluation {

  /**
   * Checks the labels.
   *
   * @throws JobException if they are not 0 and 1
   */
  static PairEvaluation of(JudgedPairs pairs) {
    Judgements labels = pairs.judgements();
    if (labels.others() > 0) {
      throw new JobException(
          "Cannot evaluate task pairs with %s: %,d labels are neither 0 nor 1 (they go from %s to %s); is it task sts?"
              .formatted(pairs.paths(), labels.others(), labels.least(), labels.most()));
    }
    if (labels.least() == labels.most()) {
      throw new JobException(
          "Cannot tell pairs of %s apart: the label of all %,d is %.0f, expected pairs with 0 and with 1"
              .formatted(pairs.paths(), labels.whole(), labels.least()));
    }
    return new PairEvaluation(pairs);
  }

  @Override
  public List<Dataset<Row>> texts() {
    return pairs.texts();
  }

  @Override
  public TaskScores evaluate(EvaluationVectors vectors) {
    PairScores judged = pairs.scores(vectors);
    boolean[] positive = positive(judged.gold());
    Map<String, Double> scores = new LinkedHashMap<>();
    Map<String, Double> largest = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>();
    for (PairSimilarity similarity : PairSimilarity.values()) {
      PairClassificationMetrics metrics =
          PairClassificationMetrics.of(judged.scores().get(similarity), positive);
      put(scores, similarity, metrics);
      shares(metrics).forEach((name, share) -> largest.merge("max_" + name, share, Math::max));
      lines.add(line(similarity, metrics));
    }
    scores.putAll(largest);
    return new TaskScores(
        "pairs",
        positive.length,
        judged.withoutValue(),
        "max_ap",
        scores,
        largestAveragePrecision(judged, positive),
        lines);
  }

  private static boolean[] positive(double[] gold) {
    boolean[] positive = new boolean[gold.length];
    for (int i = 0; i < gold.length; i++) {
      positive[i] = gold[i] == 1;
    }
    return positive;
  }

  private static void put(
      Map<String, Double> scores, PairSimilarity similarity, PairClassificationMetrics metrics) {
    String name = similarity.label();
    shares(metrics).forEach((metric, share) -> scores.put(name + "_" + metric, share));
    scores.put(name + "_accuracy_threshold", similarity.shown(metrics.accuracyThreshold()));
    scores.put(name + "_f1_threshold", similarity.shown(metrics.f1Threshold()));
  }

  /** Of which MTEB's files have the largest, too. */
  private static Map<String, Double> shares(PairClassificationMetrics metrics) {
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("accuracy", metrics.accuracy());
    shares.put("f1", metrics.f1());
    shares.put("precision", metrics.precision());
    shares.put("recall", metrics.recall());
    shares.put("ap", metrics.averagePrecision());
    return shares;
  }

  private static String line(PairSimilarity similarity, PairClassificationMetrics metrics) {
    return String.format(
        Locale.ROOT,
        "%-9s  average precision %.4f, accuracy %.4f at %.4f, F1 %.4f at %.4f (precision %.4f,"
            + " recall %.4f)",
        similarity.label(),
        metrics.averagePrecision(),
        metrics.accuracy(),
        similarity.shown(metrics.accuracyThreshold()),
        metrics.f1(),
        similarity.shown(metrics.f1Threshold()),
        metrics.precision(),
        metrics.recall());
  }

  private static ToDoubleFunction<int[]> largestAveragePrecision(
      PairScores judged, boolean[] positive) {
    return drawn -> {
      boolean[] labels = new boolean[drawn.length];
      for (int i = 0; i < drawn.length; i++) {
        labels[i] = positive[drawn[i]];
      }
      return judged.scores().values().stream()
          .map(all -> IntStream.of(drawn).mapToDouble(item -> all[item]).toArray())
          .mapToDouble(scores -> PairClassificationMetrics.of(scores, labels).averagePrecision())
          .max()
          .orElseThrow();
    };
  }
}
