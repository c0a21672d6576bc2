package org.sbertspark.ml;

import java.io.Serializable;
import java.util.List;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

/**
 * How an executor is to encode: what {@link EncoderOptions} say, before it is known how many CPUs a
 * task has, and which GPU.
 *
 * @param tokenBudget tokens of a forward pass; 0: as suits the device
 * @param threads threads of a forward pass; 0: as many as the task has CPUs
 */
record EncodingSettings(
    int maxSeqLength,
    int tokenBudget,
    int threads,
    String prompt,
    int truncateDim,
    boolean normalize,
    Precision precision,
    DeviceChoice device)
    implements Serializable {

  /** As the model says. */
  static EncodingSettings of(ModelBundle model) {
    return new EncodingSettings(
        0, 0, 0, model.defaultPrompt(), 0, false, Precision.FLOAT32, DeviceChoice.AUTO);
  }

  /** The same in another precision, on another device. */
  EncodingSettings with(Precision newPrecision, DeviceChoice newDevice) {
    return new EncodingSettings(
        maxSeqLength,
        tokenBudget,
        threads,
        prompt,
        truncateDim,
        normalize,
        newPrecision,
        newDevice);
  }

  /**
   * Refuses a precision that no task can have, as far as that is known before there are tasks.
   *
   * @throws IllegalArgumentException with the reason
   */
  void requireSupport() {
    if (!device.equals(DeviceChoice.AUTO)) {
      precision.requireSupport(device.resolve(List.of()));
    }
  }

  /**
   * What holds for a task.
   *
   * @param taskDevice what {@link #device} has come to
   */
  EncoderOptions options(int taskCpus, ComputeDevice taskDevice) {
    return new EncoderOptions(
        maxSeqLength,
        tokenBudget == 0 ? EncoderOptions.defaultTokenBudget(taskDevice) : tokenBudget,
        threads == 0 ? taskCpus : threads,
        prompt,
        truncateDim,
        normalize,
        precision,
        taskDevice);
  }

  /** The length of the vectors. */
  int dimension(ModelBundle model) {
    return truncateDim == 0 ? model.dimension() : truncateDim;
  }

  /** Tokens of a text that are read at most, special tokens included. */
  int maxSeqLength(ModelBundle model) {
    return maxSeqLength == 0 ? model.maxSeqLength() : maxSeqLength;
  }
}
