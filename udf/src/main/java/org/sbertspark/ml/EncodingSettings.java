package org.sbertspark.ml;

import java.io.Serializable;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

/**
 * How an executor is to encode: what {@link EncoderOptions} say, before it is known how many CPUs a
 * task has.
 *
 * @param threads threads of a forward pass; 0: as many as the task has CPUs
 */
record EncodingSettings(
    int maxSeqLength,
    int tokenBudget,
    int threads,
    String prompt,
    int truncateDim,
    boolean normalize,
    Precision precision)
    implements Serializable {

  /** As the model says. */
  static EncodingSettings of(ModelBundle model) {
    return new EncodingSettings(
        0,
        EncoderOptions.DEFAULT_TOKEN_BUDGET,
        0,
        model.defaultPrompt(),
        0,
        false,
        Precision.FLOAT32);
  }

  EncoderOptions options(int taskCpus) {
    return new EncoderOptions(
        maxSeqLength,
        tokenBudget,
        threads == 0 ? taskCpus : threads,
        prompt,
        truncateDim,
        normalize,
        precision);
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
