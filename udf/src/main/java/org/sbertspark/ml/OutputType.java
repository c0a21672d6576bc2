package org.sbertspark.ml;

import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.UserDefinedType;

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
      return VECTORS.serialize(new DenseVector(values));
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
      return UnsafeArrayData.fromPrimitiveArray(vector);
    }
  };

  @SuppressWarnings("unchecked")
  private static final UserDefinedType<Vector> VECTORS =
      (UserDefinedType<Vector>) SQLDataTypes.VectorType();

  abstract DataType dataType();

  /** The vector as Spark's rows hold it. */
  abstract Object value(float[] vector);
}
