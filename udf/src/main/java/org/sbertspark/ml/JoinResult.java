package org.sbertspark.ml;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.similarity.Measure;

/**
 * What a {@link SimilarityJoin} has found. The pairs lie in Spark's storage until this is closed.
 */
public final class JoinResult implements AutoCloseable {
  private final Dataset<Row> pairs;
  private final JoinCounts counts;
  private final Optional<Approximation> approximation;
  private final FoundPairs found;

  private JoinResult(
      Dataset<Row> pairs,
      JoinCounts counts,
      Optional<Approximation> approximation,
      FoundPairs found) {
    this.pairs = pairs;
    this.counts = counts;
    this.approximation = approximation;
    this.found = found;
  }

  static JoinResult of(
      FoundPairs found,
      Measure measure,
      JoinTable left,
      JoinTable right,
      long scored,
      Optional<Approximation> approximation) {
    return new JoinResult(
        found.table(measure, left, right),
        new JoinCounts(left.sum(), right.sum(), scored, found.pairs(), found.full()),
        approximation,
        found);
  }

  /**
   * The neighbours of each row of the left table, one a row: {@code left_id}, {@code right_id},
   * {@code score} (cosine or dot product) or {@code distance} (Euclidean) as double, and {@code
   * rank} from 1, as int: the nearest first, equally near ones by their ids. In a self-join a pair
   * stands in the lists of both of its rows, where both have a place for it. Rows without
   * neighbours are not there.
   */
  public Dataset<Row> pairs() {
    return pairs;
  }

  public JoinCounts counts() {
    return counts;
  }

  /** What an approximate join has to say of itself; empty for an exact one. */
  public Optional<Approximation> approximation() {
    return approximation;
  }

  @Override
  public void close() {
    found.merged().unpersist(false);
  }
}
