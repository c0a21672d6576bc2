package org.sbertspark.inference;

import java.io.Serializable;
import org.sbertspark.model.ModelException;

/**
 * The GPUs of this process, as libtorch sees them.
 *
 * @param cudaNatives whether this libtorch can use GPUs at all
 * @param count of them
 * @param exact whether there may be no more: CUDA's runtime (libcudart), which counts them, is not
 *     on every library path
 */
public record VisibleGpus(boolean cudaNatives, int count, boolean exact) implements Serializable {

  /**
   * Refuses a GPU that is not there.
   *
   * @param version of libtorch
   * @throws ModelException that says what there is, and what to do
   */
  void require(ComputeDevice device, String version) {
    if (!device.isGpu() || device.gpu() < count || (count > 0 && !exact)) {
      return;
    }
    throw new ModelException(
        "Cannot use %s: libtorch %s sees %s; %s, or take device cpu"
            .formatted(device, version, this, advice()));
  }

  /** What to do where a GPU is missing. */
  public String advice() {
    return cudaNatives
        ? "see what nvidia-smi -L and CUDA_VISIBLE_DEVICES say there, and count GPUs from 0"
        : "let %s name the folder lib of a libtorch for CUDA there"
            .formatted(TorchEngine.LIBRARY_PATH);
  }

  @Override
  public String toString() {
    return "%s%d GPUs%s"
        .formatted(
            exact ? "" : "at least ",
            count,
            cudaNatives ? "" : " because its natives are those for CPUs");
  }
}
