package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.evaluation.ClusteringMetrics.Cell;

/**
 * How well the clusters agree with known labels. Only how often each label meets each cluster
 * leaves the executors.
 *
 * @param rows with a cluster and a label
 * @param withoutLabel rows with a cluster whose label is null
 * @param labels that are different
 */
record LabelAgreement(long rows, long withoutLabel, int labels, ClusteringMetrics metrics) {
  /** More different ones are no labels but names of rows. */
  static final int MAX_LABELS = 10_000;

  /**
   * The column of labels, before any work is done: one pass over it.
   *
   * @throws JobException if it is missing, has parts, or holds too many different labels
   */
  static Column column(Dataset<Row> rows, String name) {
    StructType schema = rows.schema();
    StructField field =
        Columns.find(schema, name)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot compare clusters with column \"%s\": the input has no such column, it has: %s"
                            .formatted(name, Columns.list(schema))));
    if (!isSimple(field.dataType())) {
      throw new JobException(
          "Cannot compare clusters with column \"%s\": it is %s, expected a string, a number or a boolean"
              .formatted(name, field.dataType().catalogString()));
    }
    Column label = Columns.named(field.name());
    long labels =
        rows.select(label).filter(label.isNotNull()).distinct().limit(MAX_LABELS + 1).count();
    if (labels > MAX_LABELS) {
      throw new JobException(
          "Cannot compare clusters with column \"%s\": it holds more than %,d different values, expected labels that rows share"
              .formatted(name, MAX_LABELS));
    }
    return label;
  }

  private static boolean isSimple(DataType type) {
    return type.equals(DataTypes.StringType)
        || type.equals(DataTypes.BooleanType)
        || type instanceof NumericType;
  }

  /**
   * Counts and compares; nothing to compare if no row with a cluster has a label.
   *
   * @param labelled each row's label as a string in {@code label}, its cluster in {@code cluster}
   */
  static Optional<LabelAgreement> of(Dataset<Row> labelled) {
    long withoutLabel = 0;
    Map<String, Integer> numbers = new HashMap<>();
    List<Cell> cells = new ArrayList<>();
    for (Row row :
        labelled
            .filter(col("cluster").isNotNull())
            .groupBy("label", "cluster")
            .count()
            .collectAsList()) {
      if (row.isNullAt(0)) {
        withoutLabel += row.getLong(2);
      } else {
        int label = numbers.computeIfAbsent(row.getString(0), unseen -> numbers.size());
        cells.add(new Cell(label, row.getInt(1), row.getLong(2)));
      }
    }
    if (cells.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new LabelAgreement(
            cells.stream().mapToLong(Cell::items).sum(),
            withoutLabel,
            numbers.size(),
            ClusteringMetrics.of(cells)));
  }

  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "Against %,d labels of %,d rows (%,d have none): V-measure %.3f, ARI %.3f, NMI %.3f%n",
        labels,
        rows,
        withoutLabel,
        metrics.vMeasure(),
        metrics.adjustedRand(),
        metrics.normalizedMutualInformation());
  }

  /** Into a manifest. */
  void record(RunRecord run) {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("rows", rows);
    entries.put("withoutLabel", withoutLabel);
    entries.put("labels", labels);
    entries.put("vMeasure", RunRecord.rounded(metrics.vMeasure()));
    entries.put("homogeneity", RunRecord.rounded(metrics.homogeneity()));
    entries.put("completeness", RunRecord.rounded(metrics.completeness()));
    entries.put("adjustedRand", RunRecord.rounded(metrics.adjustedRand()));
    entries.put(
        "normalizedMutualInformation", RunRecord.rounded(metrics.normalizedMutualInformation()));
    run.put("againstLabels", entries);
  }
}
