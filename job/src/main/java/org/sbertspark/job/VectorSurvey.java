package org.sbertspark.job;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.sbertspark.job.ClusterAssignment.VectorState;

/**
 * What a pass over a column of vectors counts.
 *
 * @param rows all rows
 * @param usable rows whose vectors can be clustered
 * @param nulls rows without a vector
 * @param zeros vectors of length zero: no sentence's, and without a direction
 * @param notFinite vectors with a component that is NaN, infinite or null
 * @param dimension of all vectors; 0 if there are none
 */
record VectorSurvey(long rows, long usable, long nulls, long zeros, long notFinite, int dimension) {

  /**
   * Counts.
   *
   * @param vectors of one column
   * @throws JobException if two vectors have different lengths
   */
  static VectorSurvey of(Dataset<Row> vectors, String column) {
    // rows, nulls, zeros, not finite, least dimension, largest dimension
    List<long[]> counts =
        vectors
            .mapPartitions(
                (MapPartitionsFunction<Row, long[]>)
                    rows -> {
                      long[] count = {0, 0, 0, 0, Long.MAX_VALUE, 0};
                      while (rows.hasNext()) {
                        count[0]++;
                        double[] vector = ClusterAssignment.components(rows.next().get(0));
                        if (vector == null) {
                          count[1]++;
                          continue;
                        }
                        VectorState state = ClusterAssignment.state(vector);
                        count[2] += state == VectorState.ZERO ? 1 : 0;
                        count[3] += state == VectorState.NOT_FINITE ? 1 : 0;
                        count[4] = Math.min(count[4], vector.length);
                        count[5] = Math.max(count[5], vector.length);
                      }
                      return List.of(count).iterator();
                    },
                Encoders.javaSerialization(long[].class))
            .collectAsList();
    long[] sums = new long[4];
    long least = Long.MAX_VALUE;
    long largest = 0;
    for (long[] count : counts) {
      Arrays.setAll(sums, i -> sums[i] + count[i]);
      least = Math.min(least, count[4]);
      largest = Math.max(largest, count[5]);
    }
    if (largest > 0 && least != largest) {
      throw new JobException(
          "Cannot cluster by column \"%s\": its vectors have from %d to %d components, expected one length"
              .formatted(column, least, largest));
    }
    long usable = sums[0] - sums[1] - sums[2] - sums[3];
    return new VectorSurvey(sums[0], usable, sums[1], sums[2], sums[3], (int) largest);
  }

  /** Into a manifest. */
  void record(RunRecord run) {
    run.put("dimension", dimension)
        .put("nullVectors", nulls)
        .put("zeroVectors", zeros)
        .put("notFiniteVectors", notFinite);
  }
}
