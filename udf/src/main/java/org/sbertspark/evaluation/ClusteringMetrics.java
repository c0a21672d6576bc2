package org.sbertspark.evaluation;

import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How well clusters agree with known classes, as scikit-learn defines it. The numbers that stand
 * for classes and clusters carry no meaning.
 *
 * @param homogeneity 0 to 1; 1: no cluster mixes classes
 * @param completeness 0 to 1; 1: no class is spread over clusters
 * @param vMeasure the harmonic mean of both
 * @param adjustedRand agreement on pairs of items, 0 on average by chance, at most 1
 * @param normalizedMutualInformation mutual information over the mean of the two entropies, 0 to 1
 * @see <a href="https://scikit-learn.org/stable/modules/clustering.html#clustering-evaluation">the
 *     definitions</a>
 */
public record ClusteringMetrics(
    double homogeneity,
    double completeness,
    double vMeasure,
    double adjustedRand,
    double normalizedMutualInformation)
    implements Serializable {

  /** How many items of a class are in a cluster. */
  public record Cell(int label, int cluster, long items) {

    public Cell {
      if (items < 1) {
        throw new IllegalArgumentException(
            "Cannot count %d items of a class in a cluster: expected 1 or more".formatted(items));
      }
    }
  }

  /**
   * Compares two labelings of the same items.
   *
   * @param truth the class of each item
   * @param clusters the cluster of each item, in the same order
   */
  public static ClusteringMetrics of(int[] truth, int[] clusters) {
    if (truth.length != clusters.length) {
      throw new IllegalArgumentException(
          "Cannot compare %d classes with %d clusters: expected one of each per item"
              .formatted(truth.length, clusters.length));
    }
    Contingency table = new Contingency();
    for (int i = 0; i < truth.length; i++) {
      table.add(new Cell(truth[i], clusters[i], 1));
    }
    return of(table);
  }

  private static ClusteringMetrics of(Contingency table) {
    double mutual = table.mutualInformation();
    double classEntropy = table.entropy(table.classes.values());
    double clusterEntropy = table.entropy(table.clusters.values());
    double homogeneity = classEntropy == 0 ? 1 : mutual / classEntropy;
    double completeness = clusterEntropy == 0 ? 1 : mutual / clusterEntropy;
    double sum = homogeneity + completeness;
    boolean bothTrivial = classEntropy == 0 && clusterEntropy == 0;
    return new ClusteringMetrics(
        homogeneity,
        completeness,
        sum == 0 ? 0 : 2 * homogeneity * completeness / sum,
        table.adjustedRand(),
        bothTrivial ? 1 : 2 * mutual / (classEntropy + clusterEntropy));
  }

  /**
   * Compares two labelings of the same items, of which only the counts are known.
   *
   * @param cells combinations without items are left out
   */
  public static ClusteringMetrics of(Collection<Cell> cells) {
    Contingency table = new Contingency();
    cells.forEach(table::add);
    return of(table);
  }

  /** Only the V-measure of {@link #of}. */
  public static double vMeasure(int[] truth, int[] clusters) {
    return of(truth, clusters).vMeasure();
  }

  /** How many items each class, each cluster and each combination has. */
  private static final class Contingency {
    private long items;
    private final Map<Integer, Long> classes = new HashMap<>();
    private final Map<Integer, Long> clusters = new HashMap<>();
    private final Map<Pair, Long> cells = new HashMap<>();

    private record Pair(int label, int cluster) {}

    void add(Cell cell) {
      items += cell.items;
      classes.merge(cell.label, cell.items, Long::sum);
      clusters.merge(cell.cluster, cell.items, Long::sum);
      cells.merge(new Pair(cell.label, cell.cluster), cell.items, Long::sum);
    }

    double entropy(Collection<Long> sizes) {
      // One group: exactly 0, whatever a logarithm makes of it.
      return sizes.size() <= 1
          ? 0
          : -sizes.stream()
              .mapToDouble(n -> (double) n / items * Math.log((double) n / items))
              .sum();
    }

    /** At least 0: rounding may fall below it. */
    double mutualInformation() {
      double sum = 0;
      for (var cell : cells.entrySet()) {
        double both = (double) cell.getValue() / items;
        double independent =
            (double) classes.get(cell.getKey().label)
                / items
                * clusters.get(cell.getKey().cluster)
                / items;
        sum += both * Math.log(both / independent);
      }
      return Math.max(0, sum);
    }

    /** Hubert and Arabie 1985, from the counts of pairs of items. */
    double adjustedRand() {
      double together = pairs(cells.values());
      double inClasses = pairs(classes.values());
      double inClusters = pairs(clusters.values());
      double all = (double) items * (items - 1) / 2;
      double expected = all == 0 ? 0 : inClasses * inClusters / all;
      double most = (inClasses + inClusters) / 2;
      return most == expected ? 1 : (together - expected) / (most - expected);
    }

    private static double pairs(Collection<Long> sizes) {
      return sizes.stream().mapToDouble(n -> n * (n - 1.0) / 2).sum();
    }
  }
}
