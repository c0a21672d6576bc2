package org.sbertspark.ml;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.sbertspark.similarity.Measure;
import org.sbertspark.similarity.RowId;
import org.sbertspark.similarity.VectorBlock;

/**
 * Some rows of a partition: the usable ones packed, all of them counted.
 *
 * @param values {@code [ids][dimension]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PackedRows(RowId[] ids, float[] values, VectorCounts counts) implements Serializable {

  /** 3 MB of 768 dimensions. */
  private static final int ROWS = 1024;

  /** The rows from one on to before another. */
  PackedRows slice(int begin, int end) {
    int dimension = counts.largestDimension();
    return begin == 0 && end == ids.length
        ? this
        : new PackedRows(
            Arrays.copyOfRange(ids, begin, end),
            Arrays.copyOfRange(values, begin * dimension, end * dimension),
            counts);
  }

  /** These rows. */
  PackedRows select(int[] rows) {
    int dimension = counts.largestDimension();
    RowId[] some = new RowId[rows.length];
    float[] vectors = new float[rows.length * dimension];
    for (int i = 0; i < rows.length; i++) {
      some[i] = ids[rows[i]];
      System.arraycopy(values, rows[i] * dimension, vectors, i * dimension, dimension);
    }
    return new PackedRows(some, vectors, counts);
  }

  /** All of them as a block; there must be some. */
  VectorBlock block(int number) {
    return new VectorBlock(number, ids, counts.largestDimension(), values);
  }

  /** A block of some pieces, which must have rows. */
  static VectorBlock concatenate(int number, List<PackedRows> parts) {
    int dimension = parts.get(0).counts().largestDimension();
    int rows = parts.stream().mapToInt(part -> part.ids().length).sum();
    RowId[] ids = new RowId[rows];
    float[] values = new float[rows * dimension];
    int at = 0;
    for (PackedRows part : parts) {
      System.arraycopy(part.ids(), 0, ids, at, part.ids().length);
      System.arraycopy(part.values(), 0, values, at * dimension, part.values().length);
      at += part.ids().length;
    }
    return new VectorBlock(number, ids, dimension, values);
  }

  /**
   * Packs the rows of a partition.
   *
   * @param rows of an id, long or string, and a vector as an array of float or double
   */
  static Iterator<PackedRows> pack(
      Iterator<InternalRow> rows, boolean numberIds, boolean doubles, Measure measure) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public PackedRows next() {
        if (!rows.hasNext()) {
          throw new NoSuchElementException();
        }
        return new Packing(numberIds, doubles, measure).take(rows);
      }
    };
  }

  private static final class Packing {
    private final boolean numberIds;
    private final boolean doubles;
    private final Measure measure;
    private final RowId[] ids = new RowId[ROWS];
    private float[] values = {};
    private int count;
    private int rows;
    private int nulls;
    private int zeros;
    private int notFinite;
    private int dimension;

    Packing(boolean numberIds, boolean doubles, Measure measure) {
      this.numberIds = numberIds;
      this.doubles = doubles;
      this.measure = measure;
    }

    PackedRows take(Iterator<InternalRow> from) {
      while (from.hasNext() && rows < ROWS) {
        InternalRow row = from.next();
        rows++;
        if (row.isNullAt(1)) {
          nulls++;
        } else {
          take(row, vector(row.getArray(1)));
        }
      }
      VectorCounts counts = new VectorCounts(rows, nulls, zeros, notFinite, dimension, dimension);
      return new PackedRows(
          Arrays.copyOf(ids, count), Arrays.copyOf(values, count * dimension), counts);
    }

    private void take(InternalRow row, float[] vector) {
      double squares = vector == null ? Double.NaN : VectorBlock.squares(vector);
      if (vector != null && vector.length == 0) {
        zeros++;
      } else if (vector != null && measure.usable(squares)) {
        requireSameDimension(vector.length);
        if (row.isNullAt(0)) {
          throw new IllegalArgumentException(
              "Cannot compare a row without an id: there are nulls in the id column; remove these rows, or name another column");
        }
        if (values.length == 0) {
          values = new float[ROWS * dimension];
        }
        System.arraycopy(vector, 0, values, count * dimension, dimension);
        ids[count++] =
            numberIds ? RowId.of(row.getLong(0)) : RowId.of(row.getUTF8String(0).toString());
      } else if (squares == 0) {
        zeros++;
      } else {
        notFinite++;
      }
    }

    private void requireSameDimension(int length) {
      if (dimension != 0 && dimension != length) {
        throw JoinTable.differentDimensions(
            Math.min(dimension, length), Math.max(dimension, length));
      }
      dimension = length;
    }

    /** Null for one with a null inside. */
    private float[] vector(ArrayData array) {
      for (int i = 0; i < array.numElements(); i++) {
        if (array.isNullAt(i)) {
          return null;
        }
      }
      if (!doubles) {
        return array.toFloatArray();
      }
      double[] components = array.toDoubleArray();
      float[] vector = new float[components.length];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) components[i];
      }
      return vector;
    }
  }
}
