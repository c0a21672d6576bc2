package org.sbertspark.job;

import org.sbertspark.ml.JoinSettings;
import picocli.CommandLine.Option;

/** How vectors are compared. */
final class CompareOptions {
  @Option(
      names = "--measure",
      paramLabel = "MEASURE",
      defaultValue = "cosine",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  JoinMeasure measure;

  @Option(
      names = "--block-rows",
      paramLabel = "ROWS",
      defaultValue = "4096",
      description = {
        "Rows that are compared with as many others at a time; a task holds about ten such blocks."
            + " Fewer need less memory. Default: ${DEFAULT-VALUE}."
      })
  private int blockRows;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = {
        "Where products are computed, cpu or gpu: the one that Spark has given the task, else the"
            + " first. Default: ${DEFAULT-VALUE}."
      })
  private Device device;

  /** Where products are computed. */
  enum Device implements Choice {
    CPU,
    GPU;

    @Override
    public String toString() {
      return label();
    }
  }

  /**
   * What the options say; what is looked for is still to be set.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  JoinSettings settings() {
    return JoinSettings.of(measure.measure).withBlockRows(blockRows).withGpu(device == Device.GPU);
  }
}
