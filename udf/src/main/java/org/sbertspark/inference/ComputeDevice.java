package org.sbertspark.inference;

import java.io.Serializable;

/**
 * Where something is computed.
 *
 * @param gpu the number of the GPU as CUDA counts them in this process, or {@link #CPU_NUMBER}
 */
public record ComputeDevice(int gpu) implements Serializable {
  private static final int CPU_NUMBER = -1;

  public static final ComputeDevice CPU = new ComputeDevice(CPU_NUMBER);

  public ComputeDevice {
    if (gpu < CPU_NUMBER) {
      throw new IllegalArgumentException("GPU %d, expected 0 or more".formatted(gpu));
    }
  }

  public boolean isGpu() {
    return gpu != CPU_NUMBER;
  }

  /** As users write it: {@code cpu}, {@code cuda:0}. */
  @Override
  public String toString() {
    return isGpu() ? "cuda:" + gpu : "cpu";
  }
}
