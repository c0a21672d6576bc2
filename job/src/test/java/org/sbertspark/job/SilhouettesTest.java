package org.sbertspark.job;

import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.evaluation.ClusteringEvaluator;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.job.ClusterAssignment.Distance;
import org.sbertspark.job.ClusterAssignment.NearestCenter;
import org.sbertspark.testing.SparkTestSession;

class SilhouettesTest {

  private static Dataset<Row> table(List<double[]> vectors) {
    List<Row> rows = vectors.stream().map(v -> RowFactory.create(Vectors.dense(v))).toList();
    return SparkTestSession.get()
        .createDataFrame(rows, new StructType().add("v", SQLDataTypes.VectorType()))
        .cache();
  }

  private static ClusterModel model(Distance distance, double[]... centers) {
    return new ClusterModel(centers, new NearestCenter(distance, centers), column -> null);
  }

  @ParameterizedTest
  @EnumSource(Distance.class)
  void equalsMllibsEvaluator(Distance distance) {
    Random random = new Random(5);
    List<double[]> vectors = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      double[] v = random.doubles(3, -0.4, 0.4).toArray();
      v[i % 3] += 1 + random.nextDouble();
      vectors.add(v);
    }
    Dataset<Row> table = table(vectors);
    // No row is nearest to the last one.
    ClusterModel model =
        model(
            distance,
            new double[] {1, 0, 0},
            new double[] {0, 1, 0},
            new double[] {0, 0, 1},
            new double[] {-1, 0, 0});

    Silhouettes silhouettes = Silhouettes.of(table, "v", distance, model);

    ClusterAssignment.Rule rule = model.rule();
    Dataset<Row> predicted =
        table.withColumn(
            "prediction",
            udf((UDF1<Vector, Integer>) v -> rule.cluster(v.toArray()), DataTypes.IntegerType)
                .apply(Columns.named("v")));
    double expected =
        new ClusteringEvaluator()
            .setFeaturesCol("v")
            .setDistanceMeasure(distance.silhouetteMeasure)
            .evaluate(predicted);
    assertThat(silhouettes.overall().orElseThrow()).isCloseTo(expected, within(1e-9));
    assertThat(silhouettes.sizes()).containsOnlyKeys(0, 1, 2);
    assertThat(silhouettes.byCluster()).containsOnlyKeys(0, 1, 2);
    double mean =
        silhouettes.byCluster().entrySet().stream()
            .mapToDouble(c -> c.getValue() * silhouettes.sizes().get(c.getKey()) / 60)
            .sum();
    assertThat(mean).isCloseTo(expected, within(1e-9));
  }

  @Test
  void aRowThatIsAloneHasZeroAndRowsOnTheirCentreOne() {
    Silhouettes silhouettes =
        Silhouettes.of(
            table(List.of(new double[] {1, 0}, new double[] {1, 0}, new double[] {0, 1})),
            "v",
            Distance.EUCLIDEAN,
            model(Distance.EUCLIDEAN, new double[] {1, 0}, new double[] {0, 1}));
    assertThat(silhouettes.byCluster().get(0)).isEqualTo(1.0);
    assertThat(silhouettes.byCluster().get(1)).isEqualTo(0.0);
  }

  @Test
  void oneClusterHasNone() {
    Silhouettes silhouettes =
        Silhouettes.of(
            table(List.of(new double[] {1, 0}, new double[] {2, 0})),
            "v",
            Distance.COSINE,
            model(Distance.COSINE, new double[] {1, 0}, new double[] {0, 1}));
    assertThat(silhouettes.overall()).isEmpty();
    assertThat(silhouettes.byCluster()).isEmpty();
    assertThat(silhouettes.sizes()).containsEntry(0, 2L).hasSize(1);
  }
}
