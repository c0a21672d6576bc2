package org.sbertspark.inference;

import org.sbertspark.model.ModelException;

/** The memory of a GPU at some time; other processes may use it, too. */
record GpuMemory(long freeBytes, long totalBytes) {
  private static final long MIB = 1 << 20;

  /**
   * Refuses a model whose weights do not fit.
   *
   * @param weightsBytes while it is loaded
   * @throws ModelException with sizes, and what to do
   */
  void requireRoom(String model, ComputeDevice device, long weightsBytes) {
    if (weightsBytes > freeBytes) {
      throw new ModelException(
          ("Cannot load model %s on %s: its weights need %d MiB, and %s; let fewer executors share"
                  + " the GPU, or take another device or a smaller model")
              .formatted(model, device, weightsBytes / MIB, this));
    }
  }

  @Override
  public String toString() {
    return "%d of %d MiB are free there".formatted(freeBytes / MIB, totalBytes / MIB);
  }
}
