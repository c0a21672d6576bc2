package org.sbertspark.ml;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;

/** What the tests embed, and with which stage. */
final class Texts {
  private Texts() {}

  static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType).add("text", DataTypes.StringType);

  static String model() {
    return Golden.read(Golden.ROBERTA).folder().toString();
  }

  /** From {@code text} to {@code embedding}. */
  static SentenceEmbedder embedder() {
    return new SentenceEmbedder().setModel(model()).setInputCol("text").setOutputCol("embedding");
  }

  /** Rows of {@link #SCHEMA}, numbered from 0 in the order given. */
  static Dataset<Row> numbered(List<String> texts, int partitions) {
    List<Row> rows =
        IntStream.range(0, texts.size())
            .mapToObj(i -> RowFactory.create((long) i, texts.get(i)))
            .toList();
    return SparkTestSession.get().createDataFrame(rows, SCHEMA).coalesce(1).repartition(partitions);
  }

  /** Rows of {@link #SCHEMA}, with different texts of some length. */
  static Dataset<Row> many(int rows, int partitions) {
    return SparkTestSession.get()
        .range(0, rows, 1, partitions)
        .selectExpr("id", "concat_ws(' ', 'text', id, repeat('and so on ', 8)) as text");
  }

  static float[] floats(Vector vector) {
    float[] floats = new float[vector.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) vector.apply(i);
    }
    return floats;
  }

  static float[] floats(List<Float> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }
}
