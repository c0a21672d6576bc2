package org.sbertspark.job;

import java.util.List;
import org.apache.spark.sql.Column;
import org.sbertspark.job.ClusterAssignment.Distance;
import org.sbertspark.job.ClusterTerms.StopWords;
import picocli.CommandLine.Option;

/** How vectors are clustered. */
final class ClusterOptions {
  @Option(
      names = "--k",
      paramLabel = "K",
      required = true,
      description = {
        "The number of clusters, 2 or more; or auto: that of the highest silhouette on a sample,"
            + " of 2 to 50 or of a range as in auto:4..40."
      })
  ClusterCount k;

  @Option(
      names = "--algorithm",
      paramLabel = "ALGORITHM",
      defaultValue = "kmeans",
      description = {
        "${COMPLETION-CANDIDATES}. bisecting cuts clusters in two until there are K; often faster"
            + " for many clusters.",
        "Default: ${DEFAULT-VALUE}."
      })
  ClusterAlgorithm algorithm;

  @Option(
      names = "--distance",
      paramLabel = "DISTANCE",
      defaultValue = "cosine",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  Distance distance;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "1",
      description =
          "Of the random start; the same seed gives the same clusters. Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "50",
      description = "Iterations at most. Default: ${DEFAULT-VALUE}.")
  int iterations;

  @Option(
      names = "--cluster-col",
      paramLabel = "COLUMN",
      defaultValue = "cluster",
      description = "The column of the clusters' numbers, from 0. Default: ${DEFAULT-VALUE}.")
  String clusterColumn;

  @Option(
      names = "--distance-col",
      paramLabel = "COLUMN",
      defaultValue = "distance",
      description =
          "The column of the distances to the cluster's centre. Default: ${DEFAULT-VALUE}.")
  String distanceColumn;

  @Option(
      names = "--outlier-col",
      paramLabel = "COLUMN",
      defaultValue = "outlier",
      description = {
        "The column of the outlier scores: how unusual the row's distance is in its cluster, as a"
            + " modified z-score; about 0 is usual, above 3.5 is an outlier.",
        "Default: ${DEFAULT-VALUE}."
      })
  String outlierColumn;

  @Option(
      names = "--label-col",
      paramLabel = "COLUMN",
      description =
          "Compare the clusters with the known classes in this column: V-measure, ARI and NMI.")
  String labelColumn;

  @Option(
      names = "--stop-words",
      paramLabel = "LANGUAGE",
      defaultValue = "english",
      description = {
        "Whose stop words are left out of the clusters' names: ${COMPLETION-CANDIDATES}.",
        "Default: ${DEFAULT-VALUE}."
      })
  StopWords stopWords;

  /** The names of the columns that are added. */
  List<String> columns() {
    return List.of(clusterColumn, distanceColumn, outlierColumn);
  }

  Column cluster() {
    return Columns.named(clusterColumn);
  }

  Column distance() {
    return Columns.named(distanceColumn);
  }

  Column outlier() {
    return Columns.named(outlierColumn);
  }

  void validate() {
    k.validate();
    Arguments.atLeast("--iterations", iterations, 1, "1 or more");
    Arguments.require(
        !distanceColumn.equalsIgnoreCase(clusterColumn),
        "--distance-col",
        distanceColumn,
        "another column than --cluster-col");
    Arguments.require(
        !outlierColumn.equalsIgnoreCase(clusterColumn)
            && !outlierColumn.equalsIgnoreCase(distanceColumn),
        "--outlier-col",
        outlierColumn,
        "another column than --cluster-col and --distance-col");
  }
}
