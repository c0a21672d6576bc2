package org.sbertspark.ml;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Measure;
import org.sbertspark.similarity.Neighbours;
import scala.Tuple2;

/**
 * The nearest neighbours of each row of a table, in itself or in another table: exactly, by
 * comparing all pairs, as products of blocks of rows.
 *
 * <p>Vectors are {@code array<float>}, {@code array<double>} or MLlib's vectors, and are compared
 * as floats; the scores are computed in double precision. Rows whose vector is null, not finite or,
 * with the cosine, zero take no part, and are counted. Ids are whole numbers or strings and must be
 * unique in their table.
 *
 * <p>The result does not depend on partitions, block sizes or machines. A task holds about ten
 * blocks of {@link JoinSettings#blockRows} rows outside of the heap and as many inside; all blocks
 * are persisted in Spark's storage, in memory as far as there is room. Only what was found is
 * shuffled. The work is done when a method returns.
 */
public final class SimilarityJoin {
  public static final String LEFT_ID = FoundPairs.LEFT_ID;
  public static final String RIGHT_ID = FoundPairs.RIGHT_ID;
  public static final String RANK = FoundPairs.RANK;

  private final JoinSettings settings;
  private final JoinKind kind;

  /**
   * @throws IllegalArgumentException if the settings have neither k nor threshold
   */
  public SimilarityJoin(JoinSettings settings) {
    this.settings = settings;
    this.kind = settings.kind();
  }

  /** The column of the scores: {@code distance} for the Euclidean measure. */
  public static String scoreColumn(Measure measure) {
    return measure == Measure.EUCLIDEAN ? "distance" : "score";
  }

  /**
   * Joins a table with itself; a row is no neighbour of itself.
   *
   * @throws IllegalArgumentException if the columns are not there or of other types, if vectors
   *     have different dimensions, or if ids are null or not unique
   */
  public JoinResult self(Dataset<Row> rows, String idColumn, String vectorColumn) {
    try (JoinTable table = JoinTable.open(rows, idColumn, vectorColumn, settings.measure())) {
      return self(table);
    }
  }

  JoinResult self(JoinTable table) {
    try (BlockTable cut = BlockTable.forSelf(table, settings.blockRows())) {
      PartitionPairs<?, Tuple2<Integer, Neighbours>> pairs =
          PartitionPairs.self(cut.blocks().rdd(), new AllPairs(kind, settings.device(), true));
      FoundPairs found = FoundPairs.of(pairs, kind, cut.blocks().getNumPartitions());
      long scored = table.sum().usable() * (table.sum().usable() - 1) / 2;
      return JoinResult.of(found, settings.measure(), table, table, scored, Optional.empty());
    }
  }

  /**
   * Finds the neighbours of the left rows among the right ones.
   *
   * @throws IllegalArgumentException if the columns are not there or of other types, if vectors
   *     have different dimensions, or if ids are null or not unique
   */
  public JoinResult between(
      Dataset<Row> left, Dataset<Row> right, String idColumn, String vectorColumn) {
    try (JoinTable leftTable = JoinTable.open(left, idColumn, vectorColumn, settings.measure());
        JoinTable rightTable = JoinTable.open(right, idColumn, vectorColumn, settings.measure())) {
      JoinTable.requireSameDimension(leftTable.sum().plus(rightTable.sum()));
      return between(leftTable, rightTable);
    }
  }

  JoinResult between(JoinTable left, JoinTable right) {
    int leftBlocks = BlockTable.blocks(left.sum().usable(), settings.blockRows());
    int rightBlocks = BlockTable.blocks(right.sum().usable(), settings.blockRows());
    int leftGroups = PartitionPairs.groupsOfTwo(left.cores(), leftBlocks);
    try (BlockTable leftCut = BlockTable.instead(left, settings.blockRows(), leftGroups);
        BlockTable rightCut =
            BlockTable.instead(
                right,
                settings.blockRows(),
                PartitionPairs.groupsOfTwo(left.cores(), rightBlocks))) {
      PartitionPairs<?, Tuple2<Integer, Neighbours>> pairs =
          PartitionPairs.between(
              leftCut.blocks().rdd(),
              rightCut.blocks().rdd(),
              new AllPairs(kind, settings.device(), false));
      FoundPairs found = FoundPairs.of(pairs, kind, leftGroups);
      long scored = left.sum().usable() * right.sum().usable();
      return JoinResult.of(found, settings.measure(), left, right, scored, Optional.empty());
    }
  }
}
