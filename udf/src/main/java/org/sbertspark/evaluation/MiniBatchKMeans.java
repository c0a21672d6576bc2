package org.sbertspark.evaluation;

import java.util.Arrays;
import java.util.Random;

/**
 * k-means over small random batches (Sculley 2010), as scikit-learn's {@code MiniBatchKMeans}
 * computes it with {@code n_init="auto"} and its other defaults: k-means++ with several trials a
 * centre on a sample of three batches; at most a hundred passes; it ends when ten batches in a row
 * have not made the smoothed inertia smaller; centres with hardly any points are moved to points
 * drawn from the batch. Benchmarks of clustering are made with it. The random numbers are others
 * than NumPy's, so the clusters of a seed are, too.
 *
 * <p>The same points in the same order, k, batch and seed give the same clusters on every machine.
 */
public final class MiniBatchKMeans {
  private static final int MAX_PASSES = 100;
  private static final int BATCHES_OF_START = 3;
  private static final int BATCHES_WITHOUT_IMPROVEMENT = 10;

  /** Centres with a smaller share of the heaviest one's points are moved. */
  private static final double SMALL_SHARE = 0.01;

  private final float[][] points;
  private final int batch;
  private final Random random;
  private final double[][] centres;

  /** Points that each centre is the mean of. */
  private final double[] weights;

  private int pointsSinceMoves;

  private MiniBatchKMeans(float[][] points, int k, int batch, Random random) {
    this.points = points;
    this.batch = Math.min(batch, points.length);
    this.random = random;
    this.centres = start(k);
    this.weights = new double[k];
  }

  /**
   * The cluster of each point, 0 to k - 1. Holds k + 3 batches of vectors beside the points.
   *
   * @param points equally long, finite; at least k of them
   * @param k 1 or more
   * @param batch points of a step, 1 or more
   * @throws IllegalArgumentException if there are too few points, or k or the batch is too small
   */
  public static int[] cluster(float[][] points, int k, int batch, long seed) {
    if (k < 1 || k > points.length || batch < 1) {
      throw new IllegalArgumentException(
          "Cannot cluster %d points into %d clusters by batches of %d: expected at least as many points as clusters, and 1 or more of each"
              .formatted(points.length, k, batch));
    }
    MiniBatchKMeans clustering = new MiniBatchKMeans(points, k, batch, new Random(seed));
    clustering.fit();
    return Arrays.stream(points)
        .mapToInt(point -> nearest(point, clustering.centres).centre)
        .toArray();
  }

  private void fit() {
    long steps = (long) MAX_PASSES * points.length / batch;
    double smoothing = Math.min(1, 2.0 * batch / (points.length + 1));
    double smoothed = Double.NaN;
    double least = Double.POSITIVE_INFINITY;
    int withoutImprovement = 0;
    for (long step = 0; step < steps && withoutImprovement < BATCHES_WITHOUT_IMPROVEMENT; step++) {
      double inertia = step() / batch;
      if (step == 0) {
        // That of the start, not of a step.
        continue;
      }
      smoothed =
          Double.isNaN(smoothed) ? inertia : smoothed * (1 - smoothing) + inertia * smoothing;
      withoutImprovement = smoothed < least ? 0 : withoutImprovement + 1;
      least = Math.min(least, smoothed);
    }
  }

  /** Moves the centres to the means of all points that they have met; gives the inertia before. */
  private double step() {
    float[][] drawn = draw(batch);
    double inertia = 0;
    double[][] sums = new double[centres.length][];
    int[] counts = new int[centres.length];
    for (float[] point : drawn) {
      Nearest nearest = nearest(point, centres);
      inertia += nearest.squaredDistance;
      if (counts[nearest.centre]++ == 0) {
        sums[nearest.centre] = new double[point.length];
      }
      add(point, sums[nearest.centre]);
    }
    for (int c = 0; c < centres.length; c++) {
      if (counts[c] > 0) {
        double after = weights[c] + counts[c];
        for (int i = 0; i < sums[c].length; i++) {
          centres[c][i] = (centres[c][i] * weights[c] + sums[c][i]) / after;
        }
        weights[c] = after;
      }
    }
    moveSmallCentres(drawn);
    return inertia;
  }

  private void moveSmallCentres(float[][] drawn) {
    pointsSinceMoves += batch;
    boolean anyEmpty = Arrays.stream(weights).anyMatch(weight -> weight == 0);
    if (!anyEmpty && pointsSinceMoves < 10L * centres.length) {
      return;
    }
    pointsSinceMoves = 0;
    double small = SMALL_SHARE * Arrays.stream(weights).max().orElseThrow();
    int[] moved =
        Arrays.stream(Scores.descending(Arrays.stream(weights).map(w -> -w).toArray()))
            .filter(c -> weights[c] < small)
            .limit(drawn.length / 2)
            .toArray();
    if (moved.length == 0) {
      return;
    }
    double[] others = weights.clone();
    shuffleFirst(drawn, moved.length);
    for (int i = 0; i < moved.length; i++) {
      centres[moved[i]] = doubles(drawn[i]);
      others[moved[i]] = Double.POSITIVE_INFINITY;
    }
    // Not so light that they would be moved again at once.
    double least = Arrays.stream(others).min().orElseThrow();
    for (int c : moved) {
      weights[c] = least;
    }
  }

  private void shuffleFirst(float[][] drawn, int first) {
    for (int i = 0; i < first; i++) {
      int other = i + random.nextInt(drawn.length - i);
      float[] point = drawn[i];
      drawn[i] = drawn[other];
      drawn[other] = point;
    }
  }

  /** With replacement. */
  private float[][] draw(int number) {
    float[][] drawn = new float[number][];
    for (int i = 0; i < number; i++) {
      drawn[i] = points[random.nextInt(points.length)];
    }
    return drawn;
  }

  /** k-means++ (Arthur and Vassilvitskii 2007), each centre the best of a few trials. */
  private double[][] start(int k) {
    int size = startSize(k, batch, points.length);
    float[][] sample = size < points.length ? draw(size) : points;
    int trials = 2 + (int) Math.log(k);
    double[][] chosen = new double[k][];
    chosen[0] = doubles(sample[random.nextInt(sample.length)]);
    double[] distances = new double[sample.length];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    distances = nearer(distances, sample, chosen[0]);
    for (int c = 1; c < k; c++) {
      double total = Arrays.stream(distances).sum();
      double[] best = null;
      double leastTotal = Double.POSITIVE_INFINITY;
      for (int trial = 0; trial < trials; trial++) {
        double[] candidate = doubles(sample[drawn(distances, random.nextDouble() * total)]);
        double[] after = nearer(distances, sample, candidate);
        double sum = Arrays.stream(after).sum();
        if (best == null || sum < leastTotal) {
          best = after;
          leastTotal = sum;
          chosen[c] = candidate;
        }
      }
      distances = best;
    }
    return chosen;
  }

  /**
   * How many points the first centres are chosen from, scikit-learn's {@code init_size}: three
   * batches, and only if those are fewer than the centres three points for each of these.
   */
  static int startSize(int k, int batch, int points) {
    long size = (long) BATCHES_OF_START * batch;
    return (int) Math.min(size < k ? 3L * k : size, points);
  }

  /** The first place up to which the weights add up to at least so much. */
  private static int drawn(double[] weights, double sum) {
    double before = 0;
    for (int i = 0; i < weights.length - 1; i++) {
      before += weights[i];
      if (before >= sum && weights[i] > 0) {
        return i;
      }
    }
    return weights.length - 1;
  }

  private static double[] nearer(double[] distances, float[][] sample, double[] centre) {
    double[] nearer = new double[distances.length];
    for (int i = 0; i < nearer.length; i++) {
      nearer[i] = Math.min(distances[i], squaredDistance(sample[i], centre));
    }
    return nearer;
  }

  private record Nearest(int centre, double squaredDistance) {}

  /** The first of equally near ones. */
  private static Nearest nearest(float[] point, double[][] centres) {
    int nearest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int c = 0; c < centres.length; c++) {
      double distance = squaredDistance(point, centres[c]);
      if (distance < least) {
        least = distance;
        nearest = c;
      }
    }
    return new Nearest(nearest, least);
  }

  /** Two sums, so that an addition need not wait for the one before. */
  private static double squaredDistance(float[] point, double[] centre) {
    double even = 0;
    double odd = 0;
    int i = 0;
    for (; i < point.length - 1; i += 2) {
      double a = point[i] - centre[i];
      double b = point[i + 1] - centre[i + 1];
      even += a * a;
      odd += b * b;
    }
    if (i < point.length) {
      double a = point[i] - centre[i];
      even += a * a;
    }
    return even + odd;
  }

  private static void add(float[] point, double[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += point[i];
    }
  }

  private static double[] doubles(float[] point) {
    double[] doubles = new double[point.length];
    for (int i = 0; i < point.length; i++) {
      doubles[i] = point[i];
    }
    return doubles;
  }
}
