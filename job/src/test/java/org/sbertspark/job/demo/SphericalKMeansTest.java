package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sbertspark.evaluation.ClusteringMetrics;

class SphericalKMeansTest {

  /** Unit vectors around three axes. */
  private static float[][] threeBundles() {
    Random random = new Random(5);
    float[][] vectors = new float[60][4];
    for (int i = 0; i < vectors.length; i++) {
      double squares = 0;
      for (int d = 0; d < 4; d++) {
        vectors[i][d] = (d == i % 3 ? 1 : 0) + 0.1f * random.nextFloat();
        squares += vectors[i][d] * vectors[i][d];
      }
      for (int d = 0; d < 4; d++) {
        vectors[i][d] /= (float) Math.sqrt(squares);
      }
    }
    return vectors;
  }

  private static int[] bundles() {
    int[] bundles = new int[60];
    for (int i = 0; i < bundles.length; i++) {
      bundles[i] = i % 3;
    }
    return bundles;
  }

  @Test
  void separateBundlesAreFound() {
    int[] clusters = SphericalKMeans.cluster(threeBundles(), 3, 1);
    assertThat(ClusteringMetrics.vMeasure(bundles(), clusters)).isEqualTo(1);
  }

  @Test
  void sameSeedGivesTheSameClusters() {
    assertThat(SphericalKMeans.cluster(threeBundles(), 7, 9))
        .isEqualTo(SphericalKMeans.cluster(threeBundles(), 7, 9));
  }

  @Test
  void equalVectorsNeedNoSecondCluster() {
    float[][] equal = {{1, 0}, {1, 0}, {1, 0}};
    assertThat(SphericalKMeans.cluster(equal, 2, 0)).containsOnly(0);
  }
}
