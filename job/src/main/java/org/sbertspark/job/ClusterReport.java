package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.sbertspark.job.ClusterSummary.Cluster;
import org.sbertspark.job.KSelection.Candidate;

/** What the report on a clustering shows, as the JSON that its script reads. */
final class ClusterReport {
  /** Rows with the highest outlier scores that are listed. */
  private static final int OUTLIERS = 50;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode json = JSON.objectNode();

  private ClusterReport() {}

  /** Asks the executors for what the summary does not have: the map and the outliers. */
  static ObjectNode of(
      ClusterSummary summary,
      ClusterRows rows,
      ClusterOptions options,
      VectorSurvey survey,
      String title) {
    ClusterReport report = new ClusterReport();
    report.facts(summary, rows, options, survey, title);
    summary.selection().ifPresent(report::selection);
    summary.agreement().ifPresent(report::agreement);
    report.clusters(summary.clusters());
    report.outliers(rows);
    report.map(ClusterMap.of(rows, survey.usable(), options));
    return report.json;
  }

  private void facts(
      ClusterSummary summary,
      ClusterRows rows,
      ClusterOptions options,
      VectorSurvey survey,
      String title) {
    json.put("title", title)
        .put("made", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("version", BuildInfo.CURRENT.version())
        .put("chartJs", BuildInfo.CURRENT.chartJs())
        .put("rows", survey.rows())
        .put("clustered", survey.usable())
        .put("nulls", survey.nulls())
        .put("zeros", survey.zeros())
        .put("notFinite", survey.notFinite())
        .put("dimension", survey.dimension())
        .put("algorithm", options.algorithm.label())
        .put("distance", options.distance.label())
        .put("seed", options.seed)
        .put("unusual", OutlierScore.UNUSUAL)
        .put("hasTexts", rows.hasTexts())
        .put("hasLabels", rows.hasLabels());
    put(json, "silhouette", summary.silhouette());
  }

  private void selection(KSelection selection) {
    ObjectNode node = json.putObject("selection");
    node.put("k", selection.k()).put("sampleRows", selection.sampleRows());
    ArrayNode candidates = node.putArray("candidates");
    for (Candidate candidate : selection.candidates()) {
      put(candidates.addObject().put("k", candidate.k()), "silhouette", candidate.silhouette());
    }
  }

  private void agreement(LabelAgreement agreement) {
    json.putObject("agreement")
        .put("labels", agreement.labels())
        .put("rows", agreement.rows())
        .put("vMeasure", agreement.metrics().vMeasure())
        .put("adjustedRand", agreement.metrics().adjustedRand())
        .put("normalizedMutualInformation", agreement.metrics().normalizedMutualInformation());
  }

  private void clusters(List<Cluster> clusters) {
    ArrayNode nodes = json.putArray("clusters");
    for (Cluster cluster : clusters) {
      ObjectNode node =
          nodes
              .addObject()
              .put("id", cluster.id())
              .put("name", cluster.name())
              .put("rows", cluster.rows())
              .put("outliers", cluster.outliers());
      put(node, "silhouette", cluster.silhouette());
      cluster.terms().forEach(node.putArray("terms")::add);
      cluster.exemplars().forEach(node.putArray("exemplars")::add);
    }
  }

  private void outliers(ClusterRows rows) {
    ArrayNode nodes = json.putArray("outliers");
    for (Row row :
        rows.clustered()
            .filter(col("outlier").gt(OutlierScore.UNUSUAL))
            .select("cluster", "distance", "outlier", "shown")
            .orderBy(col("outlier").desc(), col("shown"))
            .limit(OUTLIERS)
            .collectAsList()) {
      nodes
          .addObject()
          .put("cluster", row.getInt(0))
          .put("distance", row.getDouble(1))
          .put("outlier", row.getDouble(2))
          .put("shown", row.getString(3));
    }
  }

  /** A column an array: thousands of points need no names of their own. */
  private void map(ClusterMap map) {
    ObjectNode node = json.putObject("map").put("rows", map.rows());
    node.putArray("explained").add(map.explained()[0]).add(map.explained()[1]);
    ArrayNode x = node.putArray("x");
    ArrayNode y = node.putArray("y");
    ArrayNode cluster = node.putArray("cluster");
    ArrayNode distance = node.putArray("distance");
    ArrayNode outlier = node.putArray("outlier");
    ArrayNode shown = node.putArray("shown");
    ArrayNode label = node.putArray("label");
    for (ClusterMap.Point point : map.points()) {
      // As floats: the digits beyond would only make the file larger.
      x.add((float) point.x());
      y.add((float) point.y());
      cluster.add(point.cluster());
      distance.add((float) point.distance());
      outlier.add((float) point.outlier());
      shown.add(point.shown());
      label.add(point.label());
    }
  }

  private static void put(ObjectNode node, String key, Optional<Double> value) {
    value.ifPresentOrElse(number -> node.put(key, number), () -> node.putNull(key));
  }
}
