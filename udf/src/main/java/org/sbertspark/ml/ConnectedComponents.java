package org.sbertspark.ml;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;

/**
 * The connected components of a graph that no machine has to hold: the alternating algorithm of
 * Kiveris et al., Connected Components in MapReduce and Beyond, section 4. Each round hangs nodes
 * to smaller ones, until each component is a star around its smallest node; of a graph of n nodes
 * there are about log² n rounds at most, a few in practice.
 */
final class ConnectedComponents {
  static final String NODE = "node";
  static final String SMALLER = "smaller";

  private static final int MOST_ROUNDS = 100;

  private ConnectedComponents() {}

  /**
   * The components.
   *
   * @param edges columns {@value #NODE} and {@value #SMALLER} of one type that has an order, no
   *     nulls; in any direction, also more than once
   * @return columns of these names: each node with the smallest one of its component, but for those
   *     smallest ones themselves
   */
  static Dataset<Row> of(Dataset<Row> edges) {
    Dataset<Row> stars =
        Rounds.checkpoint(
            edges
                .select(
                    greatest(col(NODE), col(SMALLER)).as(NODE),
                    least(col(NODE), col(SMALLER)).as(SMALLER))
                .where(col(NODE).notEqual(col(SMALLER)))
                .distinct());
    Row state = state(stars);
    for (int round = 1; ; round++) {
      Rounds.requireAtMost(MOST_ROUNDS, round, "find connected components");
      stars = Rounds.checkpoint(smallStar(largeStar(stars)));
      Row next = state(stars);
      if (next.equals(state)) {
        return stars;
      }
      state = next;
    }
  }

  /** Hangs each node's larger neighbours to the smallest one of itself and all neighbours. */
  private static Dataset<Row> largeStar(Dataset<Row> edges) {
    return edges
        .select(
            explode(
                    array(
                        struct(col(NODE).as("at"), col(SMALLER).as("neighbour")),
                        struct(col(SMALLER).as("at"), col(NODE).as("neighbour"))))
                .as("edge"))
        .select("edge.at", "edge.neighbour")
        .withColumn("smallest", least(col("at"), min("neighbour").over(Window.partitionBy("at"))))
        .where(col("neighbour").gt(col("at")))
        .select(col("neighbour").as(NODE), col("smallest").as(SMALLER));
  }

  /** Hangs each node, and its smaller neighbours, to the smallest one of these. */
  private static Dataset<Row> smallStar(Dataset<Row> edges) {
    return edges
        .withColumn("smallest", min(SMALLER).over(Window.partitionBy(NODE)))
        .select(
            explode(
                    array(
                        struct(col(NODE).as("at"), col("smallest")),
                        struct(col(SMALLER).as("at"), col("smallest"))))
                .as("edge"))
        .select(col("edge.at").as(NODE), col("edge.smallest").as(SMALLER))
        .where(col(NODE).notEqual(col(SMALLER)))
        .distinct();
  }

  /** Equal for equal sets of edges, and for others but by a chance of about 2⁻⁶⁴. */
  private static Row state(Dataset<Row> edges) {
    return edges
        .agg(
            count(lit(1)),
            sum(xxhash64(col(NODE), col(SMALLER)).cast(DataTypes.createDecimalType(20, 0))))
        .first();
  }
}
