package org.sbertspark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.sbertspark.training.StepMetrics;
import org.sbertspark.training.TrainingRecipe;
import org.sbertspark.training.TrainingReport.DataSet;

/** What the page on a training shows, as the JSON that its script reads. */
final class TrainingPage {
  /** More than a screen is wide; longer trainings show means of several steps. */
  private static final int MAX_POINTS = 2000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private TrainingPage() {}

  /** The steps in the order of a training's file of metrics, a line of JSON each. */
  static List<StepMetrics> steps(String lines) {
    return lines
        .lines()
        .map(
            line -> {
              try {
                return JSON.readValue(line, StepMetrics.class);
              } catch (JsonProcessingException e) {
                throw new IllegalStateException("A line of metrics is not one of ours", e);
              }
            })
        .toList();
  }

  /**
   * What the page shows.
   *
   * @param title the trained model's name
   * @param base the model that the training started from
   * @param startDev correlation on the dev set before the first step; null if nobody asked
   */
  static ObjectNode of(
      String title,
      String base,
      TrainingRecipe recipe,
      List<DataSet> sets,
      Double startDev,
      List<StepMetrics> steps) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("title", title)
            .put("base", base)
            .put("made", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            .put("version", BuildInfo.CURRENT.version())
            .put("chartJs", BuildInfo.CURRENT.chartJs())
            .put("steps", steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step())
            .put("tokens", steps.stream().mapToLong(StepMetrics::tokens).sum())
            .put("seconds", steps.stream().mapToDouble(StepMetrics::seconds).sum());
    ObjectNode options = json.putObject("recipe");
    RecipeOptions.entries(recipe).forEach(options::put);
    ArrayNode data = json.putArray("sets");
    for (DataSet set : sets) {
      data.addObject()
          .put("name", set.name())
          .put("examples", set.examples())
          .put("texts", set.texts())
          .put("weight", set.weight());
    }
    curve(steps, json.putObject("curve"));
    dev(startDev, steps, json.putObject("dev"));
    return json;
  }

  /** A column an array: thousands of points need no names of their own. */
  private static void curve(List<StepMetrics> steps, ObjectNode json) {
    int bucket = Math.max(1, (steps.size() + MAX_POINTS - 1) / MAX_POINTS);
    json.put("bucket", bucket);
    ArrayNode step = json.putArray("step");
    ArrayNode loss = json.putArray("loss");
    ArrayNode learningRate = json.putArray("learningRate");
    ArrayNode gradNorm = json.putArray("gradNorm");
    for (int begin = 0; begin < steps.size(); begin += bucket) {
      List<StepMetrics> some = steps.subList(begin, Math.min(begin + bucket, steps.size()));
      step.add(some.get(some.size() - 1).step());
      loss.add((float) mean(some, StepMetrics::loss));
      learningRate.add((float) mean(some, StepMetrics::learningRate));
      gradNorm.add((float) mean(some, StepMetrics::gradNorm));
    }
  }

  private static double mean(List<StepMetrics> steps, ToDoubleFunction<StepMetrics> value) {
    return steps.stream().mapToDouble(value).average().orElseThrow();
  }

  private static void dev(Double startDev, List<StepMetrics> steps, ObjectNode json) {
    ArrayNode step = json.putArray("step");
    ArrayNode score = json.putArray("score");
    if (startDev != null) {
      step.add(0);
      score.add(startDev.floatValue());
    }
    for (StepMetrics made : steps) {
      if (made.dev() != null) {
        step.add(made.step());
        score.add(made.dev().floatValue());
      }
    }
  }
}
