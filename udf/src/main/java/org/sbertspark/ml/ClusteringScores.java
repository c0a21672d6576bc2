package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapGroupsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.evaluation.ClusteringMetrics;
import org.sbertspark.evaluation.MiniBatchKMeans;
import scala.Tuple2;

/**
 * How well clusters of a model's vectors agree with labels, in sets of texts: {@link
 * MiniBatchKMeans} with as many clusters as a set has labels, several times with other seeds. A set
 * is clustered by one task, which holds its vectors; only the metrics reach the driver.
 *
 * @param sets in the order of the table
 * @param withoutValue texts that were left out because the text, its label or its set is null
 */
public record ClusteringScores(List<OfSet> sets, long withoutValue) {

  /** Points of a step, as in MTEB's first clustering tasks. */
  public static final int BATCH = 500;

  public ClusteringScores {
    sets = List.copyOf(sets);
  }

  /**
   * A set of texts.
   *
   * @param labels that are different
   * @param bySeed for the seeds 1, 2, …
   */
  public record OfSet(long texts, int labels, List<ClusteringMetrics> bySeed)
      implements Serializable {

    public OfSet {
      bySeed = List.copyOf(bySeed);
    }
  }

  /**
   * Clusters each set.
   *
   * @param rows is read twice and must be the same both times
   * @param set that the row is of, any type that is not nested
   * @param text a string
   * @param label any type that is not nested
   * @param vectors of all texts
   * @param seeds how many, 1 or more
   */
  public static ClusteringScores of(
      Dataset<Row> rows, Column set, Column text, Column label, TextVectors vectors, int seeds) {
    if (seeds < 1) {
      throw new IllegalArgumentException(
          "Cannot cluster with %d seeds: expected 1 or more".formatted(seeds));
    }
    Dataset<Row> all =
        rows.select(
            set.cast(DataTypes.StringType).as("set"),
            monotonically_increasing_id().as("id"),
            text.as("text"),
            label.cast(DataTypes.StringType).as("label"));
    Dataset<Row> whole = all.na().drop();
    List<Tuple2<Long, OfSet>> clustered =
        vectors
            .join(whole, "text", "vector")
            .select(col("set"), col("id"), col("label"), col("vector"))
            .groupByKey((MapFunction<Row, String>) row -> row.getString(0), Encoders.STRING())
            .mapGroups(
                (MapGroupsFunction<String, Row, Tuple2<Long, OfSet>>)
                    (name, of) -> clustered(of, seeds),
                Encoders.tuple(Encoders.LONG(), Encoders.javaSerialization(OfSet.class)))
            .collectAsList();
    return new ClusteringScores(
        clustered.stream().sorted(Comparator.comparing(Tuple2::_1)).map(Tuple2::_2).toList(),
        all.count() - clustered.stream().mapToLong(one -> one._2().texts).sum());
  }

  private record Item(long id, String label, float[] vector) {}

  /** The id of the first item, and what became of all. */
  private static Tuple2<Long, OfSet> clustered(Iterator<Row> rows, int seeds) {
    List<Item> items = new ArrayList<>();
    rows.forEachRemaining(
        row ->
            items.add(new Item(row.getLong(1), row.getString(2), TextVectors.components(row, 3))));
    // The clusters depend on the order, which the join has not kept.
    items.sort(Comparator.comparingLong(Item::id));
    Map<String, Integer> numbers = new HashMap<>();
    int[] labels =
        items.stream()
            .mapToInt(item -> numbers.computeIfAbsent(item.label, unseen -> numbers.size()))
            .toArray();
    float[][] points = items.stream().map(Item::vector).toArray(float[][]::new);
    List<ClusteringMetrics> bySeed = new ArrayList<>();
    for (int seed = 1; seed <= seeds; seed++) {
      bySeed.add(
          ClusteringMetrics.of(
              labels, MiniBatchKMeans.cluster(points, numbers.size(), BATCH, seed)));
    }
    return new Tuple2<>(items.get(0).id, new OfSet(items.size(), numbers.size(), bySeed));
  }
}
