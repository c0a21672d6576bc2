package org.sbertspark.ml;

import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Measure;
import org.sbertspark.similarity.Neighbours;
import scala.Tuple2;

/**
 * What all pairs of partitions have found, put together.
 *
 * @param merged one a block; persisted
 * @param pairs that were found
 * @param full rows with as many neighbours as they may have
 */
record FoundPairs(JavaRDD<Neighbours> merged, long pairs, long full) {
  static final String LEFT_ID = "left_id";
  static final String RIGHT_ID = "right_id";
  static final String RANK = "rank";

  /** Does the work. */
  static FoundPairs of(
      PartitionPairs<?, Tuple2<Integer, Neighbours>> found, JoinKind kind, int partitions) {
    int capacity = kind.capacity();
    JavaRDD<Neighbours> merged =
        JavaPairRDD.fromJavaRDD(found.toJavaRDD())
            .reduceByKey((a, b) -> a.merge(b, capacity), Math.max(1, partitions))
            .values()
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long[] sums = sums(merged, capacity);
      return new FoundPairs(merged, sums[0], sums[1]);
    } catch (RuntimeException e) {
      merged.unpersist(false);
      throw e;
    }
  }

  private static long[] sums(JavaRDD<Neighbours> merged, int capacity) {
    return merged
        .map(
            neighbours ->
                new long[] {
                  IntStream.range(0, neighbours.rows()).mapToLong(neighbours::count).sum(),
                  IntStream.range(0, neighbours.rows())
                      .filter(row -> neighbours.count(row) == capacity)
                      .count()
                })
        .fold(new long[2], (a, b) -> new long[] {a[0] + b[0], a[1] + b[1]});
  }

  /** See {@link JoinResult#pairs}. */
  Dataset<Row> table(Measure measure, JoinTable left, JoinTable right) {
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
    return table(rows, measure, left, right);
  }

  /** Rows of {@code left_id}, {@code right_id}, {@code score} and {@code rank} as a table. */
  static Dataset<Row> table(JavaRDD<Row> rows, Measure measure, JoinTable left, JoinTable right) {
    String score = SimilarityJoin.scoreColumn(measure);
    StructType schema =
        new StructType()
            .add(LEFT_ID, left.packedIdType(), false)
            .add(RIGHT_ID, right.packedIdType(), false)
            .add(score, DataTypes.DoubleType, false)
            .add(RANK, DataTypes.IntegerType, false);
    return left.spark()
        .createDataFrame(rows, schema)
        .select(
            functions.col(LEFT_ID).cast(left.idType()).as(LEFT_ID),
            functions.col(RIGHT_ID).cast(right.idType()).as(RIGHT_ID),
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
}
