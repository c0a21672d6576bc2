package org.sbertspark.ml;

import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.api.java.UDF2;
import scala.collection.Iterator;
import scala.collection.Seq;

/** SQL functions of two vectors; see {@link SentenceFunctions}. */
enum VectorFunction implements NamedChoice, UDF2<Object, Object, Double> {
  COSINE_SIMILARITY {
    @Override
    Double of(double[] a, double[] b) {
      double norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
      // Rounding may lead a little out of the range, and an arc cosine then is NaN.
      return norms == 0 ? null : Math.max(-1, Math.min(1, dot(a, b) / norms));
    }
  },
  DOT_PRODUCT {
    @Override
    Double of(double[] a, double[] b) {
      return dot(a, b);
    }
  };

  /** The value for two vectors of equal length; null where there is none. */
  abstract Double of(double[] a, double[] b);

  @Override
  public Double call(Object a, Object b) {
    if (a == null || b == null) {
      return null;
    }
    double[] first = components(a, "first");
    double[] second = components(b, "second");
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "Cannot compute %s: the vectors have %d and %d components, expected equally many"
              .formatted(label(), first.length, second.length));
    }
    return of(first, second);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private double[] components(Object value, String which) {
    if (value instanceof Vector vector) {
      return vector.toArray();
    }
    if (!(value instanceof Seq<?> array)) {
      throw unexpected(which, "a value of " + value.getClass());
    }
    double[] components = new double[array.size()];
    Iterator<?> elements = array.iterator();
    for (int i = 0; i < components.length; i++) {
      Object element = elements.next();
      if (element instanceof Float || element instanceof Double) {
        components[i] = ((Number) element).doubleValue();
      } else {
        String kind = element == null ? "a null" : "a value of " + element.getClass();
        throw unexpected(which, "an array with " + kind + " at position " + i);
      }
    }
    return components;
  }

  private IllegalArgumentException unexpected(String which, String found) {
    return new IllegalArgumentException(
        "Cannot compute %s: its %s argument is %s, expected array<float>, array<double> or a vector"
            .formatted(label(), which, found));
  }
}
