package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.RowPair;
import org.sbertspark.similarity.SpanningForest;

/**
 * Groups of rows that are near-duplicates: the connected components of the graph in which two rows
 * are connected if they are within the threshold. So the ends of a chain are in one group, too,
 * however far apart. The representative of a group is its row with the smallest id: numbers by
 * value, strings by their UTF-8 bytes.
 *
 * <p>Exact: all pairs are compared, and no number of neighbours is too large, for a task keeps only
 * as many pairs as connect the rows that it compares, fewer than rows. Columns, rows that take no
 * part, and cost are otherwise those of {@link SimilarityJoin#self}.
 */
public final class NearDuplicates {
  public static final String ID = "id";
  public static final String DUPLICATE_OF = "duplicate_of";

  private final JoinSettings settings;
  private final JoinKind kind;

  /**
   * @param settings {@code k} and {@code maxPerRow} do not matter
   * @throws IllegalArgumentException if they have no threshold
   */
  public NearDuplicates(JoinSettings settings) {
    this.settings = settings;
    this.kind = settings.within("find near-duplicates");
  }

  /**
   * What was found.
   *
   * @param rows those that duplicate another one: {@value #ID}, {@value #DUPLICATE_OF} (the id of
   *     their group's representative); in Spark's storage as long as this is in use
   * @param duplicates how many these are
   * @param groups of two rows or more
   * @param counts of the vectors
   */
  public record Found(Dataset<Row> rows, long duplicates, long groups, VectorCounts counts) {}

  /**
   * Finds the groups; the work is done when this returns.
   *
   * @throws IllegalArgumentException as {@link SimilarityJoin#self}
   * @throws IllegalStateException if the components take too many rounds
   */
  public Found find(Dataset<Row> rows, String idColumn, String vectorColumn) {
    try (JoinTable table = JoinTable.open(rows, idColumn, vectorColumn, settings.measure());
        BlockTable cut = BlockTable.forSelf(table, settings.blockRows())) {
      JoinKind within = kind;
      JavaRDD<List<RowPair>> forests =
          ScannedPairs.of(cut, settings, () -> new SpanningForest(within));
      Dataset<Row> stars = ConnectedComponents.of(edges(forests, table));
      Row sums = stars.agg(count(lit(1)), countDistinct(ConnectedComponents.SMALLER)).first();
      DataType type = table.idType();
      return new Found(
          stars.select(
              col(ConnectedComponents.NODE).cast(type).as(ID),
              col(ConnectedComponents.SMALLER).cast(type).as(DUPLICATE_OF)),
          sums.getLong(0),
          sums.getLong(1),
          table.sum());
    }
  }

  private static Dataset<Row> edges(JavaRDD<List<RowPair>> forests, JoinTable table) {
    StructType schema =
        new StructType()
            .add(ConnectedComponents.NODE, table.packedIdType(), false)
            .add(ConnectedComponents.SMALLER, table.packedIdType(), false);
    return table
        .spark()
        .createDataFrame(
            forests.flatMap(
                pairs ->
                    pairs.stream()
                        .map(pair -> RowFactory.create(pair.second().value(), pair.first().value()))
                        .iterator()),
            schema);
  }
}
