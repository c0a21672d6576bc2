package org.sbertspark.similarity;

import java.io.Serializable;

/**
 * Where products are computed.
 *
 * @param gpu the number of the GPU, or {@link #CPU_NUMBER}
 */
public record ComputeDevice(int gpu) implements Serializable {
  private static final int CPU_NUMBER = -1;

  public static final ComputeDevice CPU = new ComputeDevice(CPU_NUMBER);

  public ComputeDevice {
    if (gpu < CPU_NUMBER) {
      throw new IllegalArgumentException("GPU %d, expected 0 or more".formatted(gpu));
    }
  }

  boolean isGpu() {
    return gpu != CPU_NUMBER;
  }
}
