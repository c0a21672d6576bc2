package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.sbertspark.ml.EmbeddingTotals;

/** What is said aloud behind a result that has a catch. */
final class Warnings {
  /** More truncated texts than this share are worth a word. */
  private static final double TRUNCATED_SHARE = 0.05;

  /** A file beyond this takes minutes to embed. */
  private static final long LARGE_FILE_BYTES = 64 << 20;

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

  static void malformed(long malformed, PrintWriter err) {
    if (malformed > 0) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d malformed records in the input; see \"malformed\" in the manifest%n",
          Main.NAME,
          malformed);
    }
  }

  /** Where there is no manifest. */
  static void malformedLeftOut(long malformed, PrintWriter err) {
    if (malformed > 0) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d malformed records in the input; what is missing in them is null%n",
          Main.NAME,
          malformed);
    }
  }

  /** Of a run that can go on, but only with whole files. */
  static void largeFiles(List<FileStatus> files, PrintWriter err) {
    List<FileStatus> large =
        files.stream().filter(file -> file.getLen() > LARGE_FILE_BYTES).toList();
    if (!large.isEmpty()) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d of %,d files have more than %d MiB, such as %s; if the run is killed,"
              + " such a file is embedded from its start again: --split-rows 20000 avoids that%n",
          Main.NAME,
          large.size(),
          files.size(),
          LARGE_FILE_BYTES >> 20,
          large.get(0).getPath());
    }
  }

  static void rewritten(List<Path> files, PrintWriter err) {
    if (!files.isEmpty()) {
      err.printf(
          Locale.ROOT,
          "%s: warning: %,d files have changed since they were embedded, such as %s; the output has"
              + " their earlier rows: give new rows in new files, or begin anew with another"
              + " --checkpoint and --output%n",
          Main.NAME,
          files.size(),
          files.get(0));
    }
  }
}
