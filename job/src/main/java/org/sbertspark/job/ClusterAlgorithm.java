package org.sbertspark.job;

import java.util.Arrays;
import org.apache.spark.ml.clustering.BisectingKMeans;
import org.apache.spark.ml.clustering.BisectingKMeansModel;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.job.ClusterAssignment.NearestCenter;

/** The algorithms of MLlib that put every row into exactly one cluster. */
enum ClusterAlgorithm implements Choice {
  /** k-means||, then Lloyd's iterations over all centres. */
  KMEANS {
    @Override
    ClusterModel fit(Dataset<Row> vectors, String column, ClusterOptions options, int k) {
      KMeansModel model =
          new KMeans()
              .setK(k)
              .setSeed(options.seed)
              .setMaxIter(options.iterations)
              .setDistanceMeasure(options.distance.measure)
              .setFeaturesCol(column)
              .setPredictionCol(options.clusterColumn)
              .fit(vectors);
      double[][] centers = arrays(model.clusterCenters());
      return new ClusterModel(
          centers, new NearestCenter(options.distance, centers), model::setFeaturesCol);
    }
  },

  /**
   * Cuts the largest clusters in two until there are k: quicker for many clusters, and of more even
   * size. A row goes down the tree of cuts, so its cluster need not be the one with the nearest
   * centre.
   */
  BISECTING {
    @Override
    ClusterModel fit(Dataset<Row> vectors, String column, ClusterOptions options, int k) {
      BisectingKMeansModel model =
          new BisectingKMeans()
              .setK(k)
              .setSeed(options.seed)
              .setMaxIter(options.iterations)
              .setDistanceMeasure(options.distance.measure)
              .setFeaturesCol(column)
              .setPredictionCol(options.clusterColumn)
              .fit(vectors);
      return new ClusterModel(
          arrays(model.clusterCenters()),
          vector -> model.predict(Vectors.dense(vector)),
          model::setFeaturesCol);
    }
  };

  /**
   * Clusters.
   *
   * @param vectors persisted, all of them usable
   * @param column theirs
   */
  abstract ClusterModel fit(Dataset<Row> vectors, String column, ClusterOptions options, int k);

  @Override
  public String toString() {
    return label();
  }

  private static double[][] arrays(Vector[] centers) {
    return Arrays.stream(centers).map(Vector::toArray).toArray(double[][]::new);
  }
}
