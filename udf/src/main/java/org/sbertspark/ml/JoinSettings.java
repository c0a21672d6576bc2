package org.sbertspark.ml;

import java.io.Serializable;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Measure;

/**
 * What a {@link SimilarityJoin} looks for, and how much it works on at a time. Immutable: {@code
 * JoinSettings.of(COSINE).withK(10)}.
 *
 * @param k neighbours of a row; 0: as many as are within the threshold
 * @param threshold the least cosine or dot product, or the largest distance, that a neighbour may
 *     have; NaN: any
 * @param maxPerRow neighbours of a row at most where {@code k} says nothing
 * @param blockRows rows of a block: a task compares two of them at a time, and holds about ten
 * @param device to compute on
 */
public record JoinSettings(
    Measure measure, int k, double threshold, int maxPerRow, int blockRows, DeviceChoice device)
    implements Serializable {

  public static final int DEFAULT_MAX_PER_ROW = 1000;

  /** 12 MB of 768 dimensions: products of this size are as fast as larger ones. */
  public static final int DEFAULT_BLOCK_ROWS = 4096;

  /** A product of two blocks has an index. */
  private static final int LARGEST_BLOCK_ROWS = 32_768;

  public JoinSettings {
    require(k >= 0, "k", k, "1 or more");
    require(!Double.isInfinite(threshold), "threshold", threshold, "a number");
    require(maxPerRow >= 1, "maxPerRow", maxPerRow, "1 or more");
    require(
        blockRows >= 1 && blockRows <= LARGEST_BLOCK_ROWS,
        "blockRows",
        blockRows,
        "1 to " + LARGEST_BLOCK_ROWS);
    require(
        measure != Measure.COSINE || !(Math.abs(threshold) > 1),
        "threshold",
        threshold,
        "a cosine, -1 to 1");
    require(
        measure != Measure.EUCLIDEAN || !(threshold < 0),
        "threshold",
        threshold,
        "a distance, 0 or more");
  }

  static void require(boolean ok, String setting, Object value, String expected) {
    if (!ok) {
      throw new IllegalArgumentException(
          "%s is %s, expected %s".formatted(setting, value, expected));
    }
  }

  /** Of this measure, with neither k nor threshold yet. */
  public static JoinSettings of(Measure measure) {
    return new JoinSettings(
        measure, 0, Double.NaN, DEFAULT_MAX_PER_ROW, DEFAULT_BLOCK_ROWS, DeviceChoice.AUTO);
  }

  public JoinSettings withK(int newK) {
    require(newK >= 1, "k", newK, "1 or more");
    return new JoinSettings(measure, newK, threshold, maxPerRow, blockRows, device);
  }

  public JoinSettings withThreshold(double newThreshold) {
    require(Double.isFinite(newThreshold), "threshold", newThreshold, "a number");
    return new JoinSettings(measure, k, newThreshold, maxPerRow, blockRows, device);
  }

  public JoinSettings withMaxPerRow(int newMaxPerRow) {
    return new JoinSettings(measure, k, threshold, newMaxPerRow, blockRows, device);
  }

  public JoinSettings withBlockRows(int newBlockRows) {
    return new JoinSettings(measure, k, threshold, maxPerRow, newBlockRows, device);
  }

  public JoinSettings withDevice(DeviceChoice newDevice) {
    return new JoinSettings(measure, k, threshold, maxPerRow, blockRows, newDevice);
  }

  /** Neighbours of a row at most. */
  int capacity() {
    return k == 0 ? maxPerRow : k;
  }

  /**
   * The kind of those that look for all within a threshold.
   *
   * @throws IllegalArgumentException if there is none
   */
  JoinKind within(String task) {
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("Cannot %s without a threshold".formatted(task));
    }
    return kind();
  }

  JoinKind kind() {
    if (k == 0 && Double.isNaN(threshold)) {
      throw new IllegalArgumentException("Cannot join without k and threshold: give one or both");
    }
    return Double.isNaN(threshold)
        ? JoinKind.nearest(measure, capacity())
        : JoinKind.within(measure, threshold, capacity());
  }
}
