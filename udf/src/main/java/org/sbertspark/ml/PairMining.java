package org.sbertspark.ml;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.NearestPairs;
import org.sbertspark.similarity.RowPair;

/**
 * The nearest pairs of rows of a whole table, each unordered pair once: what sentence-transformers
 * calls paraphrase mining, without its limit of neighbours that a row may have in it ({@code
 * top_k}).
 *
 * <p>Exact: all pairs are compared. Columns, rows that take no part, and cost are those of {@link
 * SimilarityJoin#self}; of each task only the best pairs are handed on. The result passes through
 * the driver.
 */
public final class PairMining {
  /** About a gigabyte. */
  public static final int LARGEST_TOP = 5_000_000;

  private final JoinSettings settings;
  private final JoinKind kind;

  /**
   * @param settings a threshold, if it has one, holds too; {@code k} and {@code maxPerRow} do not
   *     matter
   * @param top pairs at most
   * @throws IllegalArgumentException if {@code top} is out of range
   */
  public PairMining(JoinSettings settings, int top) {
    JoinSettings.require(top >= 1 && top <= LARGEST_TOP, "top", top, "1 to " + LARGEST_TOP);
    this.settings = settings;
    this.kind = settings.withK(top).kind();
  }

  /**
   * What was found.
   *
   * @param pairs {@code left_id}, {@code right_id}, {@code score} or {@code distance}, {@code rank}
   *     from 1: the nearest first, equally near ones by their ids; the left id is the smaller one
   * @param found how many there are
   * @param counts of the vectors
   */
  public record Mined(Dataset<Row> pairs, long found, VectorCounts counts) {}

  /**
   * Finds the pairs; the work is done when this returns.
   *
   * @throws IllegalArgumentException as {@link SimilarityJoin#self}
   */
  public Mined mine(Dataset<Row> rows, String idColumn, String vectorColumn) {
    try (JoinTable table = JoinTable.open(rows, idColumn, vectorColumn, settings.measure());
        BlockTable cut = BlockTable.forSelf(table, settings.blockRows())) {
      JoinKind best = kind;
      List<RowPair> pairs =
          ScannedPairs.of(cut, settings, () -> new NearestPairs(best))
              .treeReduce((some, more) -> NearestPairs.merge(some, more, best));
      Collections.sort(pairs);
      List<Row> ranked =
          IntStream.range(0, pairs.size()).mapToObj(rank -> row(pairs.get(rank), rank)).toList();
      Dataset<Row> result =
          FoundPairs.table(
              new JavaSparkContext(table.spark().sparkContext()).parallelize(ranked),
              settings.measure(),
              table,
              table);
      return new Mined(result, ranked.size(), table.sum());
    }
  }

  private Row row(RowPair pair, int rank) {
    return RowFactory.create(
        pair.first().value(),
        pair.second().value(),
        settings.measure().value(pair.nearness()),
        rank + 1);
  }
}
