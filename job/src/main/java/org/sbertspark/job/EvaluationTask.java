package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import org.sbertspark.evaluation.Correlation;
import org.sbertspark.evaluation.PairClassificationMetrics;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.ml.PairScores;

/** What is asked of a model. */
enum EvaluationTask implements Choice {
  /** Does the similarity rise with what people say? */
  STS {
    @Override
    void print(PairScores pairs, PrintWriter out) {
      for (PairSimilarity similarity : PairSimilarity.values()) {
        Correlation correlation = Correlation.of(pairs.gold(), pairs.scores().get(similarity));
        out.printf(
            Locale.ROOT,
            "%-9s  Spearman %.4f, Pearson %.4f%n",
            similarity.label(),
            correlation.spearman(),
            correlation.pearson());
      }
    }
  },

  /** Does the similarity tell pairs of two kinds apart? */
  PAIRS {
    @Override
    void print(PairScores pairs, PrintWriter out) {
      boolean[] positive = positive(pairs.gold());
      double best = Double.NEGATIVE_INFINITY;
      for (PairSimilarity similarity : PairSimilarity.values()) {
        PairClassificationMetrics metrics =
            PairClassificationMetrics.of(pairs.scores().get(similarity), positive);
        out.printf(
            Locale.ROOT,
            "%-9s  average precision %.4f, accuracy %.4f at %.4f, F1 %.4f at %.4f (precision %.4f,"
                + " recall %.4f)%n",
            similarity.label(),
            metrics.averagePrecision(),
            metrics.accuracy(),
            similarity.shown(metrics.accuracyThreshold()),
            metrics.f1(),
            similarity.shown(metrics.f1Threshold()),
            metrics.precision(),
            metrics.recall());
        best = Math.max(best, metrics.averagePrecision());
      }
      out.printf(Locale.ROOT, "Best average precision %.4f%n", best);
    }
  };

  /** Judges the scores, and prints a line for each similarity. */
  abstract void print(PairScores pairs, PrintWriter out);

  private static boolean[] positive(double[] gold) {
    boolean[] positive = new boolean[gold.length];
    for (int i = 0; i < gold.length; i++) {
      if (gold[i] != 0 && gold[i] != 1) {
        throw new JobException(
            "Cannot evaluate --task pairs with a label of %s: expected 0 or 1; is it --task sts?"
                .formatted(gold[i]));
      }
      positive[i] = gold[i] == 1;
    }
    return positive;
  }

  @Override
  public String toString() {
    return label();
  }
}
