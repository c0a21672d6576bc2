package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.BlockJoin;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.RowId;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;

/**
 * Some rows with their true neighbours.
 *
 * @param truth of each row; rows without neighbours have none to be found
 */
record RecallSample(VectorBlock rows, List<Set<RowId>> truth) {

  /** Chooses rows, and compares them with all of the right ones. */
  static RecallSample take(
      JoinTable left, JoinTable right, boolean self, JoinKind kind, ApproximateSettings settings) {
    // Not those that k-means has learnt from, but for chance.
    VectorBlock rows = SampledRows.of(left, settings.queries(), settings.seed() + 1);
    // In its own table a row is its own neighbour, whom nobody counts.
    JoinKind more =
        self ? new JoinKind(kind.measure(), kind.capacity() + 1, kind.leastNearness()) : kind;
    Neighbours exact =
        right
            .rows()
            .mapPartitions(
                pieces -> {
                  try (BlockJoin join =
                      new BlockJoin(more, ComputeDevice.CPU, TaskContext.get().cpus())) {
                    join.add(rows);
                    pieces.forEachRemaining(
                        piece -> {
                          if (piece.ids().length > 0) {
                            join.oneWay(piece.block(1));
                          }
                        });
                    return join.results().values().iterator();
                  }
                })
            .reduce((a, b) -> a.merge(b, more.capacity()));
    List<Set<RowId>> truth = new ArrayList<>();
    for (int row = 0; row < exact.rows(); row++) {
      Set<RowId> others = new HashSet<>();
      for (int rank = 0; rank < exact.count(row) && others.size() < kind.capacity(); rank++) {
        if (!self || !exact.other(row, rank).equals(exact.row(row))) {
          others.add(exact.other(row, rank));
        }
      }
      truth.add(others);
    }
    return new RecallSample(rows, truth);
  }

  int queries() {
    return rows.rows();
  }

  /**
   * The fewest lists to probe so that the target is met.
   *
   * @param listOf each true neighbour's list
   */
  int probes(ListCentres centres, Map<RowId, Integer> listOf, double target) {
    int[][] order = centres.nearest(rows, centres.lists(), centres.measure(), ComputeDevice.CPU, 1);
    // How many true neighbours are in the list that a row probes first, second, ...
    long[] at = new long[centres.lists()];
    for (int row = 0; row < order.length; row++) {
      int[] rankOf = new int[centres.lists()];
      Arrays.fill(rankOf, centres.lists() - 1);
      for (int rank = 0; rank < order[row].length; rank++) {
        rankOf[order[row][rank]] = rank;
      }
      truth.get(row).forEach(id -> at[rankOf[listOf.get(id)]]++);
    }
    long all = Arrays.stream(at).sum();
    long found = 0;
    int probes = 0;
    while (probes < at.length && found < target * all) {
      found += at[probes++];
    }
    return Math.max(1, probes);
  }

  /** The share of true neighbours that are among these; 1 if there are none to be found. */
  double recall(JavaRDD<Neighbours> found) {
    Set<RowId> wanted = new HashSet<>();
    IntStream.range(0, rows.rows()).forEach(row -> wanted.add(rows.id(row)));
    Map<RowId, Set<RowId>> foundOf = new HashMap<>();
    found
        .flatMap(
            neighbours ->
                IntStream.range(0, neighbours.rows())
                    .filter(row -> wanted.contains(neighbours.row(row)))
                    .mapToObj(
                        row -> {
                          RowId[] others = new RowId[neighbours.count(row)];
                          Arrays.setAll(others, rank -> neighbours.other(row, rank));
                          return new Tuple2<>(neighbours.row(row), others);
                        })
                    .iterator())
        .collect()
        .forEach(row -> foundOf.put(row._1(), Set.of(row._2())));
    long all = 0;
    long hits = 0;
    for (int row = 0; row < rows.rows(); row++) {
      Set<RowId> others = foundOf.getOrDefault(rows.id(row), Set.of());
      all += truth.get(row).size();
      hits += truth.get(row).stream().filter(others::contains).count();
    }
    return all == 0 ? 1 : (double) hits / all;
  }
}
