package org.sbertspark.ml;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
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
  public static final String LEFT_ID = "left_id";
  public static final String RIGHT_ID = "right_id";
  public static final String RANK = "rank";

  /** Blocks that a task holds. */
  private static final int BLOCKS_PER_GROUP = 8;

  /** Tasks for each core, so that all cores end at about the same time. */
  private static final int WAVES = 8;

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
    Side side = Side.of(rows, idColumn, vectorColumn, kind.measure());
    JavaRDD<PackedRows> packed = side.packed().persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<VectorCounts> counts = counts(packed);
      VectorCounts sum = sum(counts);
      requireUniqueIds(packed, idColumn);
      int cores = packed.context().defaultParallelism();
      // Of g groups there are g (g + 1) / 2 pairs.
      int groups = groups(sum, (int) Math.ceil(Math.sqrt(2.0 * WAVES * cores)));
      try (BlockTable table = BlockTable.of(packed, counts, settings.blockRows(), groups)) {
        table.blocks().count();
        packed.unpersist(false);
        BlockPairs found = BlockPairs.self(table, kind, settings.gpu());
        long scored = sum.usable() * (sum.usable() - 1) / 2;
        return result(found, table, side, side, sum, sum, scored);
      }
    } finally {
      packed.unpersist(false);
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
    Side leftSide = Side.of(left, idColumn, vectorColumn, kind.measure());
    Side rightSide = Side.of(right, idColumn, vectorColumn, kind.measure());
    JavaRDD<PackedRows> leftRows = leftSide.packed().persist(StorageLevel.MEMORY_AND_DISK());
    JavaRDD<PackedRows> rightRows = rightSide.packed().persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<VectorCounts> leftCounts = counts(leftRows);
      List<VectorCounts> rightCounts = counts(rightRows);
      VectorCounts leftSum = sum(leftCounts);
      VectorCounts rightSum = sum(rightCounts);
      requireSameDimension(leftSum.plus(rightSum));
      requireUniqueIds(leftRows, idColumn);
      requireUniqueIds(rightRows, idColumn);
      int cores = leftRows.context().defaultParallelism();
      int groups = (int) Math.ceil(Math.sqrt((double) WAVES * cores));
      int blockRows = settings.blockRows();
      try (BlockTable leftTable =
              BlockTable.of(leftRows, leftCounts, blockRows, groups(leftSum, groups));
          BlockTable rightTable =
              BlockTable.of(rightRows, rightCounts, blockRows, groups(rightSum, groups))) {
        leftTable.blocks().count();
        rightTable.blocks().count();
        leftRows.unpersist(false);
        rightRows.unpersist(false);
        BlockPairs found = BlockPairs.between(leftTable, rightTable, kind, settings.gpu());
        long scored = leftSum.usable() * rightSum.usable();
        return result(found, leftTable, leftSide, rightSide, leftSum, rightSum, scored);
      }
    } finally {
      leftRows.unpersist(false);
      rightRows.unpersist(false);
    }
  }

  private int groups(VectorCounts counts, int wanted) {
    int blocks = BlockTable.blocks(counts.usable(), settings.blockRows());
    return Math.max(wanted, (blocks + BLOCKS_PER_GROUP - 1) / BLOCKS_PER_GROUP);
  }

  private static List<VectorCounts> counts(JavaRDD<PackedRows> rows) {
    return rows.mapPartitions(
            pieces -> {
              VectorCounts sum = VectorCounts.NONE;
              while (pieces.hasNext()) {
                sum = sum.plus(pieces.next().counts());
              }
              return List.of(sum).iterator();
            })
        .collect();
  }

  private static VectorCounts sum(List<VectorCounts> counts) {
    VectorCounts sum = counts.stream().reduce(VectorCounts.NONE, VectorCounts::plus);
    requireSameDimension(sum);
    return sum;
  }

  private static void requireSameDimension(VectorCounts counts) {
    if (counts.smallestDimension() != counts.largestDimension()) {
      throw differentDimensions(counts.smallestDimension(), counts.largestDimension());
    }
  }

  static IllegalArgumentException differentDimensions(int smallest, int largest) {
    return new IllegalArgumentException(
        "Cannot compare vectors of %d and of %d components, expected one length"
            .formatted(smallest, largest));
  }

  private static void requireUniqueIds(JavaRDD<PackedRows> rows, String idColumn) {
    long repeated =
        rows.flatMapToPair(
                piece -> Arrays.stream(piece.ids()).map(id -> new Tuple2<>(id, 1)).iterator())
            .reduceByKey(Integer::sum)
            .filter(count -> count._2() > 1)
            .count();
    if (repeated > 0) {
      throw new IllegalArgumentException(
          "Cannot join by id column \"%s\": %,d of its values are there more than once; expected one row each"
              .formatted(idColumn, repeated));
    }
  }

  private JoinResult result(
      BlockPairs found,
      BlockTable table,
      Side left,
      Side right,
      VectorCounts leftCounts,
      VectorCounts rightCounts,
      long scored) {
    int capacity = kind.capacity();
    JavaRDD<Neighbours> merged =
        JavaPairRDD.fromJavaRDD(found.toJavaRDD())
            .reduceByKey(
                (a, b) -> a.merge(b, capacity), Math.max(1, table.blocks().getNumPartitions()))
            .values()
            .persist(StorageLevel.MEMORY_AND_DISK());
    long[] sums =
        merged
            .map(
                neighbours ->
                    new long[] {
                      IntStream.range(0, neighbours.rows()).mapToLong(neighbours::count).sum(),
                      IntStream.range(0, neighbours.rows())
                          .filter(row -> neighbours.count(row) == capacity)
                          .count()
                    })
            .fold(new long[2], (a, b) -> new long[] {a[0] + b[0], a[1] + b[1]});
    JoinCounts counts = new JoinCounts(leftCounts, rightCounts, scored, sums[0], sums[1]);
    return new JoinResult(pairs(merged, left, right), counts, merged);
  }

  private Dataset<Row> pairs(JavaRDD<Neighbours> merged, Side left, Side right) {
    Measure measure = kind.measure();
    JavaRDD<Row> rows =
        merged.flatMap(
            neighbours ->
                IntStream.range(0, neighbours.rows())
                    .boxed()
                    .flatMap(
                        row ->
                            IntStream.range(0, neighbours.count(row))
                                .mapToObj(rank -> pair(neighbours, row, rank, measure)))
                    .iterator());
    String score = scoreColumn(measure);
    StructType schema =
        new StructType()
            .add(LEFT_ID, left.packedIdType(), false)
            .add(RIGHT_ID, right.packedIdType(), false)
            .add(score, DataTypes.DoubleType, false)
            .add(RANK, DataTypes.IntegerType, false);
    return left.rows
        .sparkSession()
        .createDataFrame(rows, schema)
        .select(
            functions.col(LEFT_ID).cast(left.idType).as(LEFT_ID),
            functions.col(RIGHT_ID).cast(right.idType).as(RIGHT_ID),
            functions.col(score),
            functions.col(RANK));
  }

  private static Row pair(Neighbours neighbours, int row, int rank, Measure measure) {
    return RowFactory.create(
        neighbours.row(row).value(),
        neighbours.other(row, rank).value(),
        measure.value(neighbours.nearness(row, rank)),
        rank + 1);
  }

  /** One table of a join, its columns checked. */
  private record Side(
      Dataset<Row> rows,
      Column id,
      DataType idType,
      Column vector,
      boolean doubles,
      Measure measure) {

    static Side of(Dataset<Row> rows, String idColumn, String vectorColumn, Measure measure) {
      StructField id = field(rows, idColumn);
      boolean number =
          id.dataType() instanceof ByteType
              || id.dataType() instanceof ShortType
              || id.dataType() instanceof IntegerType
              || id.dataType() instanceof LongType;
      if (!number && !(id.dataType() instanceof StringType)) {
        throw unexpected(id, "a whole number or a string");
      }
      StructField vector = field(rows, vectorColumn);
      Column column = rows.col(quoted(vectorColumn));
      DataType type = vector.dataType();
      boolean array =
          type instanceof ArrayType a
              && (a.elementType() instanceof FloatType || a.elementType() instanceof DoubleType);
      if (!array && !type.equals(SQLDataTypes.VectorType())) {
        throw unexpected(vector, "array<float>, array<double> or vector");
      }
      if (!array) {
        // It takes no nulls.
        column =
            functions.when(
                column.isNotNull(),
                org.apache.spark.ml.functions.vector_to_array(column, "float64"));
      }
      boolean floats = array && ((ArrayType) type).elementType() instanceof FloatType;
      Column ids = rows.col(quoted(idColumn));
      return new Side(
          rows,
          number ? ids.cast(DataTypes.LongType) : ids,
          id.dataType(),
          column,
          !floats,
          measure);
    }

    private static StructField field(Dataset<Row> rows, String column) {
      try {
        return rows.schema().apply(rows.select(quoted(column)).columns()[0]);
      } catch (Exception e) {
        throw new IllegalArgumentException(
            "Cannot join by column \"%s\": there is no such column, there are: %s"
                .formatted(column, String.join(", ", rows.columns())),
            e);
      }
    }

    private static String quoted(String column) {
      return "`" + column.replace("`", "``") + "`";
    }

    private static IllegalArgumentException unexpected(StructField field, String expected) {
      return new IllegalArgumentException(
          "Cannot join by column \"%s\": it is %s, expected %s"
              .formatted(field.name(), field.dataType().catalogString(), expected));
    }

    boolean numberIds() {
      return !(idType instanceof StringType);
    }

    DataType packedIdType() {
      return numberIds() ? DataTypes.LongType : DataTypes.StringType;
    }

    JavaRDD<PackedRows> packed() {
      boolean numberIds = numberIds();
      boolean asDoubles = doubles;
      Measure by = measure;
      // The internal form: an array as one object, not an object a component.
      JavaRDD<InternalRow> internal = rows.select(id, vector).queryExecution().toRdd().toJavaRDD();
      return internal.mapPartitions(part -> PackedRows.pack(part, numberIds, asDoubles, by));
    }
  }
}
