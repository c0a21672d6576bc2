package org.sbertspark.ml;

import java.io.Serializable;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;

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
    boolean normalize)
    implements Serializable {

  /** As the model says. */
  static EncodingSettings of(ModelBundle model) {
    return new EncodingSettings(
        0, EncoderOptions.DEFAULT_TOKEN_BUDGET, 0, model.defaultPrompt(), 0, false);
  }

  EncoderOptions options(int taskCpus) {
    return new EncoderOptions(
        maxSeqLength,
        tokenBudget,
        threads == 0 ? taskCpus : threads,
        prompt,
        truncateDim,
        normalize);
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
