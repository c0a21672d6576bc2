package org.sbertspark.ml;

import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The type of the embedding column. */
enum OutputType implements NamedChoice {
  /** MLlib's dense vector, as its algorithms take it: 8 bytes a component. */
  VECTOR {
    @Override
    DataType dataType() {
      return SQLDataTypes.VectorType();
    }

    @Override
    Object value(float[] vector) {
      double[] values = new double[vector.length];
      for (int i = 0; i < vector.length; i++) {
        values[i] = vector[i];
      }
      return new DenseVector(values);
    }
  },
  /** {@code array<float>}: 4 bytes a component, read by everything. */
  ARRAY {
    @Override
    DataType dataType() {
      return DataTypes.createArrayType(DataTypes.FloatType, false);
    }

    @Override
    Object value(float[] vector) {
      return vector;
    }
  };

  abstract DataType dataType();

  /** The vector as a value that an external row may hold; it may share the array. */
  abstract Object value(float[] vector);
}
