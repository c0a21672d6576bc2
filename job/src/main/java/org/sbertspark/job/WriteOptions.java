package org.sbertspark.job;

import picocli.CommandLine.Option;

/** How rows are written; where to, say those that extend it. */
abstract class WriteOptions {
  /** The folder to write; null for none. */
  String path;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      defaultValue = "parquet",
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  OutputFormat format;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "error",
      description = {
        "What to do if the output exists: ${COMPLETION-CANDIDATES}.",
        "overwrite replaces it only after the run has succeeded. Default: ${DEFAULT-VALUE}."
      })
  WriteMode mode;

  @Option(
      names = "--rows-per-file",
      paramLabel = "ROWS",
      defaultValue = "0",
      description = "Rows that a file may have; 0: a file a partition. Default: ${DEFAULT-VALUE}.")
  long rowsPerFile;

  void validate() {
    Arguments.atLeast("--rows-per-file", rowsPerFile, 0, "0 (no limit) or more");
  }
}
