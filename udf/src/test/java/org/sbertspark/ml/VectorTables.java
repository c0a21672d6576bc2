package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.testing.SparkTestSession;

/** Tables of vectors, {@code id} and {@code v}, and cosines by definition. */
final class VectorTables {
  static final int DIMENSION = 8;

  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("v", DataTypes.createArrayType(DataTypes.FloatType));

  private VectorTables() {}

  /** Around so many centres, closer to them with less noise; a tenth are copies of others. */
  static float[][] clustered(int rows, int centres, double noise, long seed) {
    Random random = new Random(seed);
    float[][] around = new float[centres][];
    for (int i = 0; i < centres; i++) {
      around[i] = gaussian(random);
    }
    float[][] vectors = new float[rows][];
    for (int row = 0; row < rows; row++) {
      if (row > 0 && random.nextInt(10) == 0) {
        vectors[row] = vectors[random.nextInt(row)].clone();
        continue;
      }
      vectors[row] = gaussian(random);
      float[] centre = around[random.nextInt(centres)];
      for (int i = 0; i < DIMENSION; i++) {
        vectors[row][i] = (float) (centre[i] + noise * vectors[row][i]);
      }
    }
    return vectors;
  }

  private static float[] gaussian(Random random) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** Numbered from 0, in three partitions. */
  static Dataset<Row> table(float[][] vectors) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      rows.add(row(i, vectors[i]));
    }
    return table(rows).repartition(3);
  }

  static Dataset<Row> table(List<Row> rows) {
    return SparkTestSession.get().createDataFrame(rows, SCHEMA);
  }

  /**
   * @param vector null for none
   */
  static Row row(long id, float... vector) {
    Float[] boxed = vector == null ? null : new Float[vector.length];
    for (int i = 0; vector != null && i < vector.length; i++) {
      boxed[i] = vector[i];
    }
    return RowFactory.create(id, boxed);
  }

  static double cosine(float[] a, float[] b) {
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(squaresA * squaresB);
  }
}
