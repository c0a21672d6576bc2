package org.sbertspark.job;

import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Option;

/** What is said of each row, and how many may fail. */
final class OutcomeOptions {
  @Option(
      names = "--outcome-col",
      paramLabel = "COLUMN",
      description =
          "Append a column that says what became of each text: a struct of tokens, truncated, status"
              + " (ok, null, empty, failed) and reason.")
  String column;

  @Option(
      names = "--max-failures",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = {
        "Rows whose text may make the engine fail: they get a null vector and are counted; one more"
            + " fails the run. Default: ${DEFAULT-VALUE}."
      })
  int maxFailures;

  void validate() {
    Arguments.atLeast("--max-failures", maxFailures, 0, "0 or more rows");
    Arguments.require(column == null || !column.isBlank(), "--outcome-col", "blank", "a name");
  }

  void apply(SentenceEmbedder embedder) {
    embedder.setMaxFailures(maxFailures);
    if (column != null) {
      embedder.setOutcomeCol(column);
    }
  }

  /**
   * Checks what tasks cannot see by themselves: the failures of all of them together.
   *
   * @param lost what is not written if there are too many
   * @throws JobException if there are too many
   */
  void requireFew(EmbeddingTotals totals, String lost) {
    if (totals.failed() > maxFailures) {
      throw new JobException(
          "%,d rows failed, which is more than --max-failures %,d; %s was not written"
              .formatted(totals.failed(), maxFailures, lost));
    }
  }
}
