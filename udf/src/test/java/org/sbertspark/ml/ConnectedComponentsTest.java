package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.SparkTestSession;

/** Components of graphs that are hard in their ways. */
class ConnectedComponentsTest {
  private static final SparkSession SPARK = SparkTestSession.get();

  private static List<Row> components(List<Row> edges, DataType type) {
    return ConnectedComponents.of(
            SPARK.createDataFrame(
                edges,
                new StructType()
                    .add(ConnectedComponents.NODE, type)
                    .add(ConnectedComponents.SMALLER, type)))
        .orderBy(ConnectedComponents.NODE)
        .collectAsList();
  }

  private static Map<Long, Long> numbers(List<Row> edges) {
    Map<Long, Long> components = new TreeMap<>();
    components(edges, DataTypes.LongType)
        .forEach(row -> components.put(row.getLong(0), row.getLong(1)));
    return components;
  }

  @Test
  void aLongShuffledChainIsOneComponent() {
    List<Long> nodes = new ArrayList<>(IntStream.range(0, 200).mapToObj(i -> (long) i).toList());
    Collections.shuffle(nodes, new Random(1));
    List<Row> edges =
        IntStream.range(1, 200)
            .mapToObj(i -> RowFactory.create(nodes.get(i), nodes.get(i - 1)))
            .toList();
    Map<Long, Long> components = numbers(edges);
    assertThat(components).hasSize(199);
    assertThat(components.values()).containsOnly(0L);
  }

  @Test
  void randomGraphsAreAsByPropagation(@TempDir Path folder) {
    SparkContext context = SPARK.sparkContext();
    context.setCheckpointDir(folder.toString());
    try {
      Random random = new Random(2);
      List<Row> edges = new ArrayList<>();
      long[] labels = IntStream.range(0, 120).mapToLong(i -> i).toArray();
      for (int i = 0; i < 70; i++) {
        edges.add(RowFactory.create((long) random.nextInt(120), (long) random.nextInt(120)));
      }
      for (int pass = 0; pass < 120; pass++) {
        for (Row edge : edges) {
          int a = (int) edge.getLong(0);
          int b = (int) edge.getLong(1);
          labels[a] = Math.min(labels[a], labels[b]);
          labels[b] = labels[a];
        }
      }
      Map<Long, Long> expected = new TreeMap<>();
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] != i) {
          expected.put((long) i, labels[i]);
        }
      }
      assertThat(numbers(edges)).isEqualTo(expected);
    } finally {
      context.checkpointDir_$eq(scala.Option.empty());
    }
  }

  @Test
  void loopsDoubleEdgesAndNothingAreTakenAsTheyAre() {
    assertThat(
            components(
                List.of(
                    RowFactory.create("b", "a"),
                    RowFactory.create("a", "b"),
                    RowFactory.create("c", "c")),
                DataTypes.StringType))
        .containsExactly(RowFactory.create("b", "a"));
    assertThat(numbers(List.of())).isEmpty();
  }
}
