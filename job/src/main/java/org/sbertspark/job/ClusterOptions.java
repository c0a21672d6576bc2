package org.sbertspark.job;

import org.sbertspark.job.ClusterAssignment.Distance;
import picocli.CommandLine.Option;

/** How vectors are clustered. */
final class ClusterOptions {
  @Option(
      names = "--k",
      paramLabel = "K",
      required = true,
      description = "The number of clusters, 2 or more.")
  int k;

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

  void validate() {
    Arguments.atLeast("--k", k, 2, "2 clusters or more");
    Arguments.atLeast("--iterations", iterations, 1, "1 or more");
    Arguments.require(
        !clusterColumn.equalsIgnoreCase(distanceColumn),
        "--distance-col",
        distanceColumn,
        "another column than --cluster-col");
  }
}
