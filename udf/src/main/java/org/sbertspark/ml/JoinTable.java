package org.sbertspark.ml;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
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
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.similarity.Measure;
import scala.Tuple2;

/**
 * One table of a join: its rows packed, counted and checked. Persisted until it is closed.
 *
 * @param idType of the user's column
 * @param rows packed
 * @param counts of each partition
 * @param sum of the counts
 */
record JoinTable(
    SparkSession spark,
    DataType idType,
    JavaRDD<PackedRows> rows,
    List<VectorCounts> counts,
    VectorCounts sum)
    implements AutoCloseable {

  /**
   * Reads a table.
   *
   * @throws IllegalArgumentException if the columns are not there or of other types, if vectors
   *     have different dimensions, or if ids are null or not unique
   */
  static JoinTable open(Dataset<Row> table, String idColumn, String vectorColumn, Measure measure) {
    Side side = Side.of(table, idColumn, vectorColumn, measure);
    JavaRDD<PackedRows> packed = side.packed().persist(StorageLevel.MEMORY_AND_DISK());
    try {
      List<VectorCounts> counts = counts(packed);
      VectorCounts sum = counts.stream().reduce(VectorCounts.NONE, VectorCounts::plus);
      requireSameDimension(sum);
      requireUniqueIds(packed, idColumn);
      return new JoinTable(table.sparkSession(), side.idType, packed, counts, sum);
    } catch (RuntimeException e) {
      packed.unpersist(false);
      throw e;
    }
  }

  /** Of ids as they are packed: long or string. */
  DataType packedIdType() {
    return idType instanceof StringType ? DataTypes.StringType : DataTypes.LongType;
  }

  int cores() {
    return rows.context().defaultParallelism();
  }

  @Override
  public void close() {
    rows.unpersist(false);
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

  static void requireSameDimension(VectorCounts counts) {
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
          "Cannot compare by id column \"%s\": %,d of its values are there more than once; expected one row each"
              .formatted(idColumn, repeated));
    }
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
      Column column = rows.col(ColumnNames.quoted(vectorColumn));
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
      Column ids = rows.col(ColumnNames.quoted(idColumn));
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
        return rows.schema().apply(rows.select(ColumnNames.quoted(column)).columns()[0]);
      } catch (Exception e) {
        throw new IllegalArgumentException(
            "Cannot compare by column \"%s\": there is no such column, there are: %s"
                .formatted(column, String.join(", ", rows.columns())),
            e);
      }
    }

    private static IllegalArgumentException unexpected(StructField field, String expected) {
      return new IllegalArgumentException(
          "Cannot compare by column \"%s\": it is %s, expected %s"
              .formatted(field.name(), field.dataType().catalogString(), expected));
    }

    boolean numberIds() {
      return !(idType instanceof StringType);
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
