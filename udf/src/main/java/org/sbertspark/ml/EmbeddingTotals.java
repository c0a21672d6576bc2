package org.sbertspark.ml;

import java.io.Serializable;
import org.sbertspark.inference.EncodingStats;

/**
 * What embedding did, for a partition or for all of them.
 *
 * @param rowsIn rows read
 * @param rowsOut rows handed on
 * @param nulls rows read whose text is null
 * @param skipped rows dropped, because their text is null and handleInvalid is {@code skip}
 * @param failed rows whose text made the engine fail, and whose vector is null
 * @param encoding what the encoder did with the texts of the other rows
 */
public record EmbeddingTotals(
    long rowsIn, long rowsOut, long nulls, long skipped, long failed, EncodingStats encoding)
    implements Serializable {

  public static final EmbeddingTotals NONE = new EmbeddingTotals(0, 0, 0, 0, 0, EncodingStats.NONE);

  public EmbeddingTotals plus(EmbeddingTotals other) {
    return new EmbeddingTotals(
        rowsIn + other.rowsIn,
        rowsOut + other.rowsOut,
        nulls + other.nulls,
        skipped + other.skipped,
        failed + other.failed,
        encoding.plus(other.encoding));
  }

  EmbeddingTotals minus(EmbeddingTotals other) {
    return new EmbeddingTotals(
        rowsIn - other.rowsIn,
        rowsOut - other.rowsOut,
        nulls - other.nulls,
        skipped - other.skipped,
        failed - other.failed,
        encoding.minus(other.encoding));
  }

  /** Texts that were cut to the maximum sequence length. */
  public long truncated() {
    return encoding.truncated();
  }

  /** Texts that were not computed because an equal one in the same window was. */
  public long duplicates() {
    return encoding.duplicates();
  }

  /** Tokens of all texts after truncation, special tokens included. */
  public long tokens() {
    return encoding.tokens();
  }

  /** Tokens that were really computed, padding left out. */
  public long usefulTokens() {
    return encoding.usefulTokens();
  }

  /** Tokens that went through the model, padding included. */
  public long computedTokens() {
    return encoding.computedTokens();
  }

  /** Forward passes. */
  public long batches() {
    return encoding.batches();
  }
}
