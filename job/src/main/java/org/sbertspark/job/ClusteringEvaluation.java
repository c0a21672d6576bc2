package org.sbertspark.job;

import static org.apache.spark.sql.functions.arrays_zip;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.size;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.job.TaskTable.Holding;
import org.sbertspark.ml.ClusteringScores;
import org.sbertspark.ml.ClusteringScores.OfSet;

/**
 * Clustering: how well clusters agree with labels, in one set or several.
 *
 * @param rows {@code set}, {@code text} and {@code label}; each may be null
 */
record ClusteringEvaluation(String paths, Dataset<Row> rows, int seeds) implements Evaluation {

  static ClusteringEvaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
    TaskTable table = TaskTable.open(options, spark, err);
    List<String> texts = List.of("text", "sentences");
    List<String> labels = List.of("label", "labels");
    StructField text = table.field("--text-col", options.textColumn, texts);
    StructField label = table.field("--label-col", options.labelColumn, labels);
    if (TaskTable.isArrayOf(text, Holding.TEXT) && TaskTable.isArrayOf(label, Holding.LABEL)) {
      return new ClusteringEvaluation(
          table.paths(), sets(table, text.name(), label.name()), options.seeds);
    }
    Column set =
        options.setColumn == null
            ? lit("")
            : table.column("--set-col", options.setColumn, List.of(), Holding.LABEL);
    return new ClusteringEvaluation(
        table.paths(),
        table
            .rows()
            .select(
                set.as("set"),
                table.column("--text-col", options.textColumn, texts, Holding.TEXT).as("text"),
                table
                    .column("--label-col", options.labelColumn, labels, Holding.LABEL)
                    .as("label")),
        options.seeds);
  }

  /** Each row is a set. */
  private static Dataset<Row> sets(TaskTable table, String text, String label) {
    Dataset<Row> arrays =
        table
            .rows()
            .select(
                monotonically_increasing_id().as("set"),
                Columns.named(text).as("text"),
                Columns.named(label).as("label"));
    long uneven = arrays.filter(size(col("text")).notEqual(size(col("label")))).count();
    if (uneven > 0) {
      throw new JobException(
          "Cannot cluster %d sets of %s: they have not as many labels as texts, expected one each"
              .formatted(uneven, table.paths()));
    }
    return arrays
        .select(col("set"), explode(arrays_zip(col("text"), col("label"))).as("item"))
        .select(col("set"), col("item.text").as("text"), col("item.label").as("label"));
  }

  @Override
  public List<Dataset<Row>> texts() {
    return List.of(rows.na().drop().select("text"));
  }

  @Override
  public TaskScores evaluate(EvaluationVectors vectors) {
    ClusteringScores clustered =
        ClusteringScores.of(rows, col("set"), col("text"), col("label"), vectors.texts(), seeds);
    List<OfSet> sets = clustered.sets();
    if (sets.isEmpty()) {
      throw new JobException(
          "Cannot cluster %s: of %,d texts none has a label"
              .formatted(paths, clustered.withoutValue()));
    }
    for (OfSet set : sets) {
      if (set.labels() < 2) {
        throw new JobException(
            "Cannot cluster %s: a set of %,d texts has %d label, expected at least 2"
                .formatted(paths, set.texts(), set.labels()));
      }
    }
    double[] bySet =
        sets.stream().mapToDouble(set -> mean(set, ClusteringMetrics::vMeasure)).toArray();
    double[] bySeed =
        IntStream.range(0, seeds)
            .mapToDouble(
                seed ->
                    sets.stream()
                        .mapToDouble(set -> set.bySeed().get(seed).vMeasure())
                        .average()
                        .orElseThrow())
            .toArray();
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("v_measure", mean(bySet));
    scores.put("v_measure_std", deviation(bySet));
    scores.put("v_measure_std_of_seeds", deviation(bySeed));
    scores.put("ari", mean(sets, ClusteringMetrics::adjustedRand));
    scores.put("nmi", mean(sets, ClusteringMetrics::normalizedMutualInformation));
    long texts = sets.stream().mapToLong(OfSet::texts).sum();
    return new TaskScores(
        "sets",
        sets.size(),
        clustered.withoutValue(),
        "v_measure",
        scores,
        TaskScores.meanOf(bySet),
        List.of(
            String.format(
                Locale.ROOT,
                "V-measure %.4f (standard deviation %.4f of %d seeds, %.4f of %d sets), ARI %.4f, NMI"
                    + " %.4f",
                scores.get("v_measure"),
                scores.get("v_measure_std_of_seeds"),
                seeds,
                scores.get("v_measure_std"),
                sets.size(),
                scores.get("ari"),
                scores.get("nmi")),
            String.format(
                Locale.ROOT,
                "of mini-batch k-means (batches of %d, as many clusters as labels) on %,d texts",
                ClusteringScores.BATCH,
                texts)));
  }

  private static double mean(List<OfSet> sets, ToDoubleFunction<ClusteringMetrics> metric) {
    return sets.stream().mapToDouble(set -> mean(set, metric)).average().orElseThrow();
  }

  private static double mean(OfSet set, ToDoubleFunction<ClusteringMetrics> metric) {
    return set.bySeed().stream().mapToDouble(metric).average().orElseThrow();
  }

  private static double mean(double[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  /** Of all values there are, as NumPy's {@code std}. */
  private static double deviation(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }
}
