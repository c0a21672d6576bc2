package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clusters that are known, and what must hold for all. */
class MiniBatchKMeansTest {
  /**
   * Groups around corners of a cube, far apart; a point's group is its place modulo their number.
   */
  private static float[][] groups(int groups, int each, double spread) {
    Random random = new Random(7);
    float[][] points = new float[groups * each][8];
    for (int i = 0; i < points.length; i++) {
      for (int d = 0; d < 8; d++) {
        points[i][d] = (float) (((i % groups) >> d & 1) * 10 + spread * random.nextGaussian());
      }
    }
    return points;
  }

  private static int[] labels(int groups, int each) {
    int[] labels = new int[groups * each];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % groups;
    }
    return labels;
  }

  @Test
  void groupsFarApartAreFound() {
    for (int seed = 1; seed <= 5; seed++) {
      int[] clusters = MiniBatchKMeans.cluster(groups(8, 200, 0.5), 8, 100, seed);
      assertThat(ClusteringMetrics.vMeasure(labels(8, 200), clusters)).isGreaterThan(0.999);
    }
  }

  @Test
  void aSetSmallerThanABatchIsClustered() {
    int[] clusters = MiniBatchKMeans.cluster(groups(4, 10, 0.5), 4, 500, 1);
    assertThat(ClusteringMetrics.vMeasure(labels(4, 10), clusters)).isEqualTo(1);
  }

  @Test
  void aSeedGivesTheSameClustersAgain() {
    float[][] points = groups(8, 100, 6);
    assertThat(MiniBatchKMeans.cluster(points, 8, 50, 3))
        .isEqualTo(MiniBatchKMeans.cluster(points, 8, 50, 3))
        .isNotEqualTo(MiniBatchKMeans.cluster(points, 8, 50, 4));
  }

  /** As scikit-learn says: {@code 3 * batch}, if less than k {@code 3 * k}, and at most all. */
  @ParameterizedTest
  @CsvSource({
    "   8, 500, 100000, 1500",
    " 501, 500, 100000, 1500",
    "1500, 500, 100000, 1500",
    "1501, 500, 100000, 4503",
    "1501, 500,   2000, 2000",
    "   2, 500,   1200, 1200",
  })
  void theFirstCentresAreChosenFromSoManyPoints(int k, int batch, int points, int expected) {
    assertThat(MiniBatchKMeans.startSize(k, batch, points)).isEqualTo(expected);
  }

  @Test
  void oneClusterTakesAll() {
    assertThat(MiniBatchKMeans.cluster(groups(4, 5, 1), 1, 500, 1)).containsOnly(0);
  }

  @Test
  void equalPointsAreNoTrouble() {
    float[][] equal = new float[20][3];
    assertThat(MiniBatchKMeans.cluster(equal, 3, 5, 1)).hasSize(20);
  }

  @Property(tries = 100)
  void eachPointHasTheClusterOfItsEquals(
      @ForAll @IntRange(min = 1, max = 60) int n,
      @ForAll @IntRange(min = 1, max = 60) int k,
      @ForAll @IntRange(min = 1, max = 20) int batch,
      @ForAll long seed) {
    int clusters = Math.min(k, n);
    Random random = new Random(seed);
    float[][] points = new float[n][2];
    for (float[] point : points) {
      point[0] = random.nextInt(4);
      point[1] = random.nextInt(4);
    }
    int[] found = MiniBatchKMeans.cluster(points, clusters, batch, seed);
    assertThat(found).hasSize(n);
    for (int i = 0; i < n; i++) {
      assertThat(found[i]).isBetween(0, clusters - 1);
      for (int j = 0; j < i; j++) {
        if (points[i][0] == points[j][0] && points[i][1] == points[j][1]) {
          assertThat(found[i]).isEqualTo(found[j]);
        }
      }
    }
  }

  @Test
  void moreClustersThanPointsAreRefused() {
    assertThatThrownBy(() -> MiniBatchKMeans.cluster(new float[2][3], 3, 500, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot cluster 2 points into 3 clusters");
  }
}
