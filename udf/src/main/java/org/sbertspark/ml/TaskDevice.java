package org.sbertspark.ml;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.sbertspark.similarity.ComputeDevice;

/** The device that a task computes on. */
final class TaskDevice {
  private TaskDevice() {}

  /** With a GPU: the one that Spark has assigned to the task, else the first. */
  static ComputeDevice of(TaskContext context, boolean gpu) {
    if (!gpu) {
      return ComputeDevice.CPU;
    }
    ResourceInformation assigned = context.resourcesJMap().get("gpu");
    return new ComputeDevice(assigned == null ? 0 : Integer.parseInt(assigned.addresses()[0]));
  }
}
