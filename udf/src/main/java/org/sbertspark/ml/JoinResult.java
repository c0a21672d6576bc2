package org.sbertspark.ml;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.similarity.Neighbours;

/**
 * What a {@link SimilarityJoin} has found. The pairs lie in Spark's storage until this is closed.
 */
public final class JoinResult implements AutoCloseable {
  private final Dataset<Row> pairs;
  private final JoinCounts counts;
  private final JavaRDD<Neighbours> stored;

  JoinResult(Dataset<Row> pairs, JoinCounts counts, JavaRDD<Neighbours> stored) {
    this.pairs = pairs;
    this.counts = counts;
    this.stored = stored;
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

  @Override
  public void close() {
    stored.unpersist(false);
  }
}
