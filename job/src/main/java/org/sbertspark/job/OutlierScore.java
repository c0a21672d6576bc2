package org.sbertspark.job;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.percentile_approx;
import static org.apache.spark.sql.functions.udf;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;

/**
 * How unusual a row's distance to its cluster's centre is among the rows of this cluster: the
 * modified z-score 0.6745 · (d - median) / MAD, where MAD is the median absolute deviation from the
 * median. A usual row has about 0, one that is nearer to the centre has less; above {@value
 * #UNUSUAL} a row counts as an outlier.
 *
 * <p>Where more than half of the rows are equally far (MAD is 0): (d - median) / (1.2533 · mean
 * absolute deviation), and 0 if all are. Medians are exact up to some ten thousand rows, then
 * within a ten-thousandth of the ranks.
 *
 * @param medians of each cluster's distances
 * @param scales what a deviation from it is divided by; 0: all distances are equal
 * @see <a href="https://www.itl.nist.gov/div898/handbook/eda/section3/eda35h.htm">Iglewicz and
 *     Hoaglin 1993, in the NIST handbook</a>
 */
record OutlierScore(double[] medians, double[] scales) {
  static final double UNUSUAL = 3.5;

  private static final int ACCURACY = 10_000;

  /** Standard deviations in a normal distribution's median and mean absolute deviation. */
  private static final double MEDIAN_DEVIATION = 0.6745;

  private static final double MEAN_DEVIATION = 1.253314;

  /**
   * Two passes.
   *
   * @param distances each row's cluster and distance, in columns of these names; no nulls
   * @param clusters how many there are; some may have no rows
   */
  static OutlierScore of(Dataset<Row> distances, int clusters) {
    double[] medians = new double[clusters];
    distances
        .groupBy("cluster")
        .agg(median(col("distance")))
        .collectAsList()
        .forEach(row -> medians[row.getInt(0)] = row.getDouble(1));
    Column median =
        udf((UDF2<Integer, Double, Double>) (c, d) -> d - medians[c], DataTypes.DoubleType)
            .apply(col("cluster"), col("distance"));
    double[] scales = new double[clusters];
    distances
        .select(col("cluster"), abs(median).as("deviation"))
        .groupBy("cluster")
        .agg(median(col("deviation")), avg(col("deviation")))
        .collectAsList()
        .forEach(
            row ->
                scales[row.getInt(0)] =
                    row.getDouble(1) > 0
                        ? row.getDouble(1) / MEDIAN_DEVIATION
                        : row.getDouble(2) * MEAN_DEVIATION);
    return new OutlierScore(medians, scales);
  }

  private static Column median(Column values) {
    return percentile_approx(values, lit(0.5), lit(ACCURACY));
  }

  /** The score of a row; null for a row without a cluster. */
  Column of(Column cluster, Column distance) {
    double[] middle = medians;
    double[] scale = scales;
    return udf(
            (UDF2<Integer, Double, Double>)
                (c, d) -> c == null ? null : scale[c] == 0 ? 0.0 : (d - middle[c]) / scale[c],
            DataTypes.DoubleType)
        .apply(cluster, distance);
  }
}
