package org.sbertspark.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;

/**
 * What one step of the optimiser was: a line of {@code metrics.jsonl}.
 *
 * @param step from 1 on
 * @param loss of the step's batches on average, before the step
 * @param learningRate that the step was made with
 * @param gradNorm Euclidean norm of the whole gradient before it was clipped
 * @param tokens of the step's texts, special tokens included, padding not
 * @param seconds that the step took, the evaluation after it not included
 * @param dev Spearman correlation on the dev set after the step; null where it was not asked for
 */
public record StepMetrics(
    long step,
    double loss,
    double learningRate,
    double gradNorm,
    long tokens,
    double seconds,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double dev)
    implements Serializable {

  StepMetrics withDev(double spearman) {
    return new StepMetrics(step, loss, learningRate, gradNorm, tokens, seconds, spearman);
  }
}
