package org.sbertspark.job.demo;

import java.util.Arrays;
import java.util.Random;

/**
 * K-means on the unit sphere: items join the centre of largest cosine, a centre is the normalised
 * sum of its items, the first centres are drawn as in k-means++. The same seed gives the same
 * clusters.
 */
final class SphericalKMeans {
  private static final int MAX_ITERATIONS = 50;

  private SphericalKMeans() {}

  /**
   * Clusters unit vectors, once.
   *
   * @param vectors {@code [items][dimension]}, of length 1 or 0; not modified
   * @param k at most the number of items
   * @return the cluster of each item, from 0 to k - 1
   */
  static int[] cluster(float[][] vectors, int k, long seed) {
    float[][] centres = firstCentres(vectors, k, new Random(seed));
    int[] clusters = new int[vectors.length];
    Arrays.fill(clusters, -1);
    for (int iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      int[] nearest = assign(vectors, centres);
      if (Arrays.equals(nearest, clusters)) {
        break;
      }
      clusters = nearest;
      centres = centres(vectors, clusters, centres);
    }
    return clusters;
  }

  /** Each next centre is an item drawn with a probability that grows with its distance. */
  private static float[][] firstCentres(float[][] vectors, int k, Random random) {
    float[][] centres = new float[k][];
    centres[0] = vectors[random.nextInt(vectors.length)];
    double[] distances = new double[vectors.length];
    Arrays.fill(distances, Double.MAX_VALUE);
    for (int c = 1; c < k; c++) {
      double sum = 0;
      for (int i = 0; i < vectors.length; i++) {
        // Half the squared Euclidean distance of unit vectors; rounding may fall below 0.
        double distance = Math.max(0, 1 - dot(vectors[i], centres[c - 1]));
        distances[i] = Math.min(distances[i], distance);
        sum += distances[i];
      }
      double left = random.nextDouble() * sum;
      int drawn = 0;
      while (drawn < vectors.length - 1 && left >= distances[drawn]) {
        left -= distances[drawn++];
      }
      centres[c] = vectors[drawn];
    }
    return centres;
  }

  private static int[] assign(float[][] vectors, float[][] centres) {
    int[] clusters = new int[vectors.length];
    for (int i = 0; i < vectors.length; i++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < centres.length; c++) {
        double cosine = dot(vectors[i], centres[c]);
        if (cosine > best) {
          best = cosine;
          clusters[i] = c;
        }
      }
    }
    return clusters;
  }

  /** An empty cluster keeps its centre. */
  private static float[][] centres(float[][] vectors, int[] clusters, float[][] before) {
    float[][] sums = new float[before.length][before[0].length];
    for (int i = 0; i < vectors.length; i++) {
      float[] sum = sums[clusters[i]];
      for (int d = 0; d < sum.length; d++) {
        sum[d] += vectors[i][d];
      }
    }
    for (int c = 0; c < sums.length; c++) {
      double norm = Math.sqrt(dot(sums[c], sums[c]));
      if (norm == 0) {
        sums[c] = before[c];
        continue;
      }
      for (int d = 0; d < sums[c].length; d++) {
        sums[c][d] /= (float) norm;
      }
    }
    return sums;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
