package org.sbertspark.job;

import org.sbertspark.ml.JoinSettings;
import picocli.CommandLine.Mixin;
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

  @Mixin DeviceOptions device;

  /**
   * What the options say; what is looked for is still to be set.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  JoinSettings settings() {
    return JoinSettings.of(measure.measure).withBlockRows(blockRows).withDevice(device.device);
  }
}
