package org.sbertspark.ml;

import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.DeviceChoice;

/** The device that a task computes on. */
public final class TaskDevice {
  private TaskDevice() {}

  /**
   * What is asked for, with the GPU that Spark has assigned to this task.
   *
   * @param task null on the driver, which is assigned none
   */
  static ComputeDevice of(TaskContext task, DeviceChoice choice) {
    return choice.resolve(assignedGpus(task));
  }

  /**
   * Addresses of the GPUs that Spark has assigned to this task, by {@code
   * spark.task.resource.gpu.amount}.
   *
   * @param task null on the driver, which is assigned none
   */
  public static List<String> assignedGpus(TaskContext task) {
    ResourceInformation gpus = task == null ? null : task.resourcesJMap().get("gpu");
    return gpus == null ? List.of() : List.of(gpus.addresses());
  }
}
