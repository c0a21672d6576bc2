package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.Locale;
import org.sbertspark.ml.EmbeddingTotals;

/** What is said aloud behind a result that has a catch. */
final class Warnings {
  /** More truncated texts than this share are worth a word. */
  private static final double TRUNCATED_SHARE = 0.05;

  private Warnings() {}

  static void truncation(EmbeddingTotals totals, int maxSeqLength, PrintWriter err) {
    long texts = totals.encoding().texts();
    if (totals.truncated() > TRUNCATED_SHARE * texts) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d of %,d texts (%.0f%%) are longer than %d tokens and were cut there;"
              + " the vectors know nothing of the rest%n",
          Main.NAME,
          totals.truncated(),
          texts,
          100.0 * totals.truncated() / texts,
          maxSeqLength);
    }
  }

  static void halvings(EmbeddingTotals totals, PrintWriter err) {
    long halvings = totals.encoding().halvings();
    if (halvings > 0) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d batches did not fit into memory and were halved, which costs time; lower"
              + " --token-budget, or let fewer tasks share a device%n",
          Main.NAME,
          halvings);
    }
  }

  static void malformed(Survey survey, PrintWriter err) {
    if (survey.malformed() > 0) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d malformed records in the input; see \"malformed\" in the manifest%n",
          Main.NAME,
          survey.malformed());
    }
  }
}
