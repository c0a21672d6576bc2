package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.sbertspark.job.ClusterTerms.StopWords;

/**
 * What there is to tell of a clustering: a few values a cluster, whatever the number of rows.
 *
 * @param clusters the largest first
 * @param silhouette the mean of all rows; empty if all are in one cluster
 * @param selection how the number of clusters was chosen, if it was not given
 * @param agreement with the labels, if there are any
 */
record ClusterSummary(
    List<Cluster> clusters,
    Optional<Double> silhouette,
    Optional<KSelection> selection,
    Optional<LabelAgreement> agreement) {

  private static final int TERMS = 10;
  private static final int NAME_TERMS = 3;
  private static final int EXEMPLARS = 5;
  private static final int PRINTED_EXEMPLARS = 3;

  /**
   * One cluster.
   *
   * @param id its number in the output
   * @param rows how many it has
   * @param silhouette the mean of its rows; empty if there is no other cluster
   * @param outliers rows with an outlier score above {@link OutlierScore#UNUSUAL}
   * @param terms the words that set it apart, best first; none without texts
   * @param exemplars the rows nearest to the centre, nearest first
   */
  record Cluster(
      int id,
      long rows,
      Optional<Double> silhouette,
      long outliers,
      List<String> terms,
      List<String> exemplars) {

    /** The best terms; empty if there are none. */
    String name() {
      return String.join(", ", terms.subList(0, Math.min(NAME_TERMS, terms.size())));
    }
  }

  ClusterSummary {
    clusters = List.copyOf(clusters);
  }

  /**
   * Asks the executors.
   *
   * @param stopWords that are no terms
   */
  static ClusterSummary of(Clusters clusters, ClusterRows rows, StopWords stopWords) {
    Dataset<Row> clustered = rows.clustered();
    Map<Integer, Long> outliers = outliers(clustered);
    Map<Integer, List<String>> exemplars = exemplars(clustered);
    Map<Integer, List<String>> terms =
        rows.hasTexts() ? ClusterTerms.of(clustered, stopWords, TERMS) : Map.of();
    Silhouettes silhouettes = clusters.silhouettes();
    List<Cluster> all = new ArrayList<>();
    silhouettes
        .sizes()
        .forEach(
            (id, size) ->
                all.add(
                    new Cluster(
                        id,
                        size,
                        Optional.ofNullable(silhouettes.byCluster().get(id)),
                        outliers.get(id),
                        terms.getOrDefault(id, List.of()),
                        exemplars.get(id))));
    all.sort(Comparator.comparing(Cluster::rows).reversed());
    return new ClusterSummary(
        all,
        silhouettes.overall(),
        clusters.selection(),
        rows.hasLabels() ? LabelAgreement.of(clustered) : Optional.empty());
  }

  private static Map<Integer, Long> outliers(Dataset<Row> clustered) {
    Map<Integer, Long> counts = new LinkedHashMap<>();
    clustered
        .groupBy("cluster")
        .agg(count(when(col("outlier").gt(OutlierScore.UNUSUAL), 1)))
        .collectAsList()
        .forEach(row -> counts.put(row.getInt(0), row.getLong(1)));
    return counts;
  }

  private static Map<Integer, List<String>> exemplars(Dataset<Row> clustered) {
    Map<Integer, List<String>> exemplars = new LinkedHashMap<>();
    clustered
        .select("cluster", "distance", "shown")
        // The text as well: among rows equally near the choice must not be left to chance.
        .withColumn(
            "rank",
            row_number().over(Window.partitionBy("cluster").orderBy(col("distance"), col("shown"))))
        .filter(col("rank").leq(EXEMPLARS))
        .orderBy("cluster", "rank")
        .select("cluster", "shown")
        .collectAsList()
        .forEach(
            row ->
                exemplars
                    .computeIfAbsent(row.getInt(0), unseen -> new ArrayList<>())
                    .add(row.isNullAt(1) ? "(null)" : row.getString(1)));
    return exemplars;
  }

  /** Sizes, names, exemplars and measures. */
  void print(PrintWriter out) {
    selection.ifPresent(chosen -> chosen.print(out));
    for (Cluster cluster : clusters) {
      String name = cluster.name();
      out.printf(
          Locale.ROOT,
          "Cluster %d%s: %,d rows%n",
          cluster.id,
          name.isEmpty() ? "" : " (" + name + ")",
          cluster.rows);
      cluster.exemplars.stream()
          .limit(PRINTED_EXEMPLARS)
          .forEach(exemplar -> out.printf("    %s%n", Shortened.of(exemplar)));
    }
    out.printf("Silhouette: %s%n", Silhouettes.format(silhouette));
    agreement.ifPresent(labels -> labels.print(out));
  }

  /** Into a manifest. */
  void record(RunRecord run) {
    Map<Integer, Long> sizes = new TreeMap<>();
    Map<Integer, String> names = new TreeMap<>();
    for (Cluster cluster : clusters) {
      sizes.put(cluster.id, cluster.rows);
      names.put(cluster.id, cluster.name());
    }
    selection.ifPresent(chosen -> chosen.record(run));
    run.put("clusterSizes", sizes);
    if (names.values().stream().anyMatch(name -> !name.isEmpty())) {
      run.put("clusterNames", names);
    }
    silhouette.ifPresent(value -> run.put("silhouette", RunRecord.rounded(value)));
    run.put("outliers", clusters.stream().mapToLong(Cluster::outliers).sum());
    agreement.ifPresent(labels -> labels.record(run));
  }
}
