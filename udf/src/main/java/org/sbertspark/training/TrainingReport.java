package org.sbertspark.training;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a training was, for the model card.
 *
 * @param base name of the model that it started from; {@link NewModel#NAME} for random weights
 * @param steps of the optimiser that were taken
 * @param results of evaluations, by what was measured, in order
 */
public record TrainingReport(
    String base, TrainingRecipe recipe, List<DataSet> data, long steps, Map<String, Double> results)
    implements Serializable {

  /**
   * What the model was trained on.
   *
   * @param texts that each example has
   * @param weight share of the batches, relative to the other data sets
   */
  public record DataSet(String name, long examples, int texts, int weight)
      implements Serializable {}

  public TrainingReport {
    data = List.copyOf(data);
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
  }
}
