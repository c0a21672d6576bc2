package org.sbertspark.ml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.BlockJoin;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Measure;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.RowId;
import org.sbertspark.similarity.VectorBlock;

/**
 * The centres of the lists, learnt by MLlib's k-means from a sample.
 *
 * @param block a row a list
 */
record ListCentres(VectorBlock block, Measure measure) implements Serializable {
  private static final int ITERATIONS = 5;

  /** Rows to learn from, a list; and in all. */
  private static final int SAMPLE_PER_LIST = 40;

  private static final int LARGEST_SAMPLE = 50_000;

  /** Rows that one task of k-means takes; its sums depend on them, so they are not by cores. */
  private static final int SLICE = 4096;

  /** How many rows are learnt from. */
  static int sampleSize(int lists) {
    return (int) Math.min(LARGEST_SAMPLE, (long) lists * SAMPLE_PER_LIST);
  }

  /** Comparisons that learning has cost, at most. */
  static long comparisons(int lists) {
    return (long) sampleSize(lists) * lists * ITERATIONS;
  }

  static ListCentres learn(JoinTable table, int lists, Measure measure, long seed) {
    VectorBlock sample = SampledRows.of(table, Math.max(lists, sampleSize(lists)), seed);
    List<Row> rows = new ArrayList<>();
    int d = sample.dimension();
    for (int row = 0; row < sample.rows(); row++) {
      double[] vector = new double[d];
      for (int c = 0; c < d; c++) {
        vector[c] = sample.values()[row * d + c];
      }
      rows.add(RowFactory.create(Vectors.dense(vector)));
    }
    var learnFrom =
        table
            .spark()
            .createDataFrame(
                new JavaSparkContext(table.spark().sparkContext())
                    .parallelize(rows, (rows.size() + SLICE - 1) / SLICE),
                new StructType().add("features", SQLDataTypes.VectorType()))
            .cache();
    try {
      Vector[] centres =
          new KMeans()
              .setK(lists)
              .setSeed(seed)
              .setInitMode("random")
              .setMaxIter(ITERATIONS)
              .setDistanceMeasure(measure == Measure.COSINE ? "cosine" : "euclidean")
              .fit(learnFrom)
              .clusterCenters();
      RowId[] ids = new RowId[centres.length];
      float[] values = new float[centres.length * d];
      for (int list = 0; list < centres.length; list++) {
        ids[list] = RowId.of(list);
        for (int c = 0; c < d; c++) {
          values[list * d + c] = (float) centres[list].apply(c);
        }
      }
      return new ListCentres(new VectorBlock(0, ids, d, values), measure);
    } finally {
      learnFrom.unpersist();
    }
  }

  int lists() {
    return block.rows();
  }

  /** The lists that each row is to probe, the most promising first. */
  int[][] nearest(VectorBlock rows, int probes, Measure by, ComputeDevice device, int threads) {
    try (BlockJoin join = new BlockJoin(JoinKind.nearest(by, probes), device, threads)) {
      join.add(rows);
      join.oneWay(block);
      Neighbours found = join.results().get(rows.number());
      int[][] lists = new int[rows.rows()][];
      for (int row = 0; row < lists.length; row++) {
        lists[row] = new int[found.count(row)];
        for (int rank = 0; rank < lists[row].length; rank++) {
          lists[row][rank] = Math.toIntExact(found.other(row, rank).number());
        }
      }
      return lists;
    }
  }

  /** The list that each row belongs to: by distance for the dot product, too, as k-means deals. */
  int[] own(VectorBlock rows, ComputeDevice device, int threads) {
    Measure by = measure == Measure.DOT ? Measure.EUCLIDEAN : measure;
    int[][] nearest = nearest(rows, 1, by, device, threads);
    int[] own = new int[nearest.length];
    for (int row = 0; row < own.length; row++) {
      own[row] = nearest[row][0];
    }
    return own;
  }
}
