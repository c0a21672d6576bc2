package org.sbertspark.job;

import picocli.CommandLine.Option;

/** How a run takes over what an earlier one has embedded. */
final class IncrementalOptions {
  @Option(
      names = "--key",
      paramLabel = "COLUMN",
      description = {
        "The column that names a row, unique and without nulls. The output also gets a hash of what"
            + " each vector was made of, so that a later run can take it over."
      })
  String key;

  @Option(
      names = "--previous",
      paramLabel = "PATH",
      description = {
        "An earlier output, made with --key: rows whose text and model are what they were take their"
            + " vectors from it; only new and changed ones are embedded."
      })
  String previous;

  @Option(
      names = "--deleted",
      paramLabel = "POLICY",
      defaultValue = "drop",
      description =
          "With --previous: what becomes of its rows whose keys the input has no longer:"
              + " ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  Deleted deleted;

  @Option(
      names = "--hash-col",
      paramLabel = "COLUMN",
      defaultValue = "content_hash",
      description = "With --key: the column of the hashes. Default: ${DEFAULT-VALUE}.")
  String hashColumn;

  /** What becomes of rows that are no longer in the input. */
  enum Deleted implements Choice {
    DROP,
    KEEP;

    @Override
    public String toString() {
      return label();
    }
  }

  /** Whether rows have keys and hashes. */
  boolean given() {
    return key != null;
  }

  /**
   * Checks values, and what they go with.
   *
   * @throws IllegalArgumentException if they do not fit together
   */
  void validate(WriteMode mode, boolean checkpoint) {
    Arguments.require(!given() || !key.isBlank(), "--key", "blank", "a column's name");
    Arguments.require(!hashColumn.isBlank(), "--hash-col", "blank", "a column's name");
    Arguments.require(
        given() || previous == null, "--previous", previous, "--key with the rows' key beside it");
    Arguments.require(
        deleted == Deleted.DROP || previous != null, "--deleted", deleted, "--previous beside it");
    Arguments.require(
        previous == null || mode != WriteMode.APPEND,
        "--mode",
        mode,
        "error or overwrite beside --previous, whose rows are in the output already");
    Arguments.require(!given() || !checkpoint, "--key", key, "none beside --checkpoint");
  }
}
