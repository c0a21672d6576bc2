package org.sbertspark.job;

import picocli.CommandLine.Option;

/** How a run can be interrupted and go on where it was. */
final class CheckpointOptions {
  @Option(
      names = "--checkpoint",
      paramLabel = "PATH",
      description = {
        "A folder in which the run remembers which files it has embedded: started again with the same"
            + " command, it goes on where it was, and embeds the files that are new. Each batch of"
            + " files becomes a folder of the output."
      })
  String path;

  @Option(
      names = "--files-per-batch",
      paramLabel = "FILES",
      defaultValue = "16",
      description =
          "With --checkpoint: files that are embedded together, and lost together if the run is"
              + " killed. Default: ${DEFAULT-VALUE}.")
  int filesPerBatch;

  @Option(
      names = "--split-rows",
      paramLabel = "ROWS",
      defaultValue = "0",
      description =
          "With --checkpoint: first copy the input, in files of so many rows, into the checkpoint"
              + " folder, so that large files do not make large batches; 0: do not."
              + " Default: ${DEFAULT-VALUE}.")
  long splitRows;

  /** Whether the run is one that can go on. */
  boolean given() {
    return path != null;
  }

  /**
   * Checks values, and that nothing is asked for that does not go with a checkpoint.
   *
   * @param mode of the output
   * @throws IllegalArgumentException if they do not fit together
   */
  void validate(WriteMode mode) {
    Arguments.atLeast("--files-per-batch", filesPerBatch, 1, "at least 1 file");
    Arguments.atLeast("--split-rows", splitRows, 0, "0 (do not split) or more rows");
    Arguments.require(
        given() || splitRows == 0, "--split-rows", splitRows, "--checkpoint beside it");
    Arguments.require(!given() || !path.isBlank(), "--checkpoint", "blank", "a folder");
    Arguments.require(
        !given() || mode == WriteMode.ERROR,
        "--mode",
        mode,
        "none beside --checkpoint, which adds to its own output");
  }
}
