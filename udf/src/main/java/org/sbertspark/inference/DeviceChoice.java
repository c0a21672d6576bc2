package org.sbertspark.inference;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The device that a user asks for, before it is known where the work will be done:
 *
 * <ul>
 *   <li>{@code auto}: the GPU that the scheduler has assigned to the task, else the CPU;
 *   <li>{@code cpu};
 *   <li>{@code cuda}: the GPU that the scheduler has assigned to the task, else the first one;
 *   <li>{@code cuda:N}: the GPU of this number.
 * </ul>
 *
 * @param label as above
 */
public record DeviceChoice(String label) implements Serializable {
  /** For messages and help. */
  public static final String LABELS = "auto, cpu, cuda, cuda:N";

  private static final String GPU = "cuda";
  private static final Pattern LABEL = Pattern.compile("auto|cpu|cuda(:[0-9]{1,4})?");
  private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,4}");

  public static final DeviceChoice AUTO = new DeviceChoice("auto");
  public static final DeviceChoice CPU = new DeviceChoice("cpu");

  /**
   * @throws IllegalArgumentException if it is no label, whatever its case
   */
  public DeviceChoice {
    String asked = label;
    label = label.toLowerCase(Locale.ROOT);
    if (!LABEL.matcher(label).matches()) {
      throw new IllegalArgumentException(
          "device is \"%s\", expected one of %s".formatted(asked, LABELS));
    }
  }

  /**
   * The device for a task.
   *
   * @param assigned addresses of the GPUs that the scheduler has assigned to the task, its numbers;
   *     of several the first is taken; empty if there are none
   * @throws IllegalArgumentException if an address is no number, or if the GPU that is asked for by
   *     its number is not among those that are assigned
   */
  public ComputeDevice resolve(List<String> assigned) {
    if (this.equals(CPU) || (this.equals(AUTO) && assigned.isEmpty())) {
      return ComputeDevice.CPU;
    }
    List<ComputeDevice> own = assigned.stream().map(DeviceChoice::ofAddress).toList();
    if (this.equals(AUTO) || label.equals(GPU)) {
      return own.isEmpty() ? new ComputeDevice(0) : own.get(0);
    }
    ComputeDevice asked = ofAddress(label.substring(GPU.length() + 1));
    if (!own.isEmpty() && !own.contains(asked)) {
      throw new IllegalArgumentException(
          "Cannot use %s: the scheduler has assigned GPU %s to this task; use device auto"
              .formatted(asked, String.join(", ", assigned)));
    }
    return asked;
  }

  private static ComputeDevice ofAddress(String address) {
    if (!ADDRESS.matcher(address).matches()) {
      throw new IllegalArgumentException(
          ("Cannot use the GPU that the scheduler has assigned: its address is \"%s\", expected its"
                  + " number, as Spark's examples/src/main/scripts/getGpusResources.sh gives it")
              .formatted(address));
    }
    return new ComputeDevice(Integer.parseInt(address));
  }

  @Override
  public String toString() {
    return label;
  }
}
