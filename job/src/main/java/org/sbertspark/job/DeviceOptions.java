package org.sbertspark.job;

import org.sbertspark.inference.DeviceChoice;
import picocli.CommandLine.Option;

/** Where is computed. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = {
        "auto: the GPU that Spark has assigned to the task, else the CPU; cpu; cuda: the GPU that"
            + " Spark has assigned, else the first; cuda:N: the GPU of this number."
            + " Default: ${DEFAULT-VALUE}."
      })
  DeviceChoice device;
}
