package org.sbertspark.job;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What a task says of a model.
 *
 * @param items what was judged, in words: {@code pairs}
 * @param judged how many; they can be drawn anew to see how sure the main score is
 * @param leftOut how many could not be judged
 * @param mainName under which the main score stands among all scores
 * @param scores under the names of MTEB's result files, as fractions; NaN where there is none
 * @param mainOf the main score on some of the items, named by their places, some several times
 * @param lines what people want to know, in sentences
 */
record TaskScores(
    String items,
    int judged,
    long leftOut,
    String mainName,
    Map<String, Double> scores,
    ToDoubleFunction<int[]> mainOf,
    List<String> lines) {

  TaskScores {
    lines = List.copyOf(lines);
  }

  double main() {
    return scores.get(mainName);
  }

  /** The main score on items drawn, if it is the mean of one value an item. */
  static ToDoubleFunction<int[]> meanOf(double[] values) {
    return drawn -> IntStream.of(drawn).mapToDouble(item -> values[item]).average().orElseThrow();
  }
}
