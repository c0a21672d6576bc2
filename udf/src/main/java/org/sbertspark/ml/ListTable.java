package org.sbertspark.ml;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.RowId;
import org.sbertspark.similarity.VectorBlock;
import scala.Tuple2;

/**
 * A table dealt into lists: a block a list, or several where one would be too large, in partitions
 * of about equal sizes. Persisted until it is closed.
 *
 * @param sizes of the lists
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ListTable(JavaRDD<ProbingBlock> blocks, long[] sizes) implements AutoCloseable {

  /** Rows of one list, of one piece of a table. */
  private record Part(PackedRows rows, int[][] probes) implements Serializable {}

  /**
   * Which block a row comes into.
   *
   * @param first block of each list
   * @param parts blocks of each list
   */
  private record Layout(int[] first, int[] parts, int[] listOf, int[] groupOf, int groups)
      implements Serializable {

    static Layout of(long[] sizes, int blockRows, int cores) {
      int lists = sizes.length;
      int[] first = new int[lists];
      int[] parts = new int[lists];
      List<Integer> listOf = new ArrayList<>();
      List<Long> blockSizes = new ArrayList<>();
      for (int list = 0; list < lists; list++) {
        first[list] = listOf.size();
        parts[list] = Math.max(1, BlockTable.blocks(sizes[list], blockRows));
        for (int part = 0; part < parts[list]; part++) {
          listOf.add(list);
          blockSizes.add(sizes[list] / parts[list]);
        }
      }
      long rows = Arrays.stream(sizes).sum();
      int groups =
          PartitionPairs.groupsOfTwo(
              cores, Math.max(BlockTable.blocks(rows, blockRows), Math.min(lists, cores * 4)));
      return new Layout(
          first,
          parts,
          listOf.stream().mapToInt(Integer::intValue).toArray(),
          deal(blockSizes, groups),
          groups);
    }

    /** Deals the largest blocks first, each to the group that has least. */
    private static int[] deal(List<Long> sizes, int groups) {
      int[] groupOf = new int[sizes.size()];
      PriorityQueue<long[]> loads =
          new PriorityQueue<>(
              Comparator.comparingLong((long[] load) -> load[0]).thenComparingLong(l -> l[1]));
      IntStream.range(0, groups).forEach(group -> loads.add(new long[] {0, group}));
      IntStream.range(0, sizes.size())
          .boxed()
          .sorted(Comparator.comparingLong(block -> -sizes.get(block)))
          .forEach(
              block -> {
                long[] least = loads.remove();
                groupOf[block] = (int) least[1];
                least[0] += sizes.get(block);
                loads.add(least);
              });
      return groupOf;
    }

    int block(int list, RowId id) {
      return first[list] + (int) (SampledRows.rank(id, list) * parts[list]);
    }
  }

  private static final class Groups extends Partitioner {
    private static final long serialVersionUID = 1;

    private final Layout layout;

    Groups(Layout layout) {
      this.layout = layout;
    }

    @Override
    public int numPartitions() {
      return layout.groups;
    }

    @Override
    public int getPartition(Object block) {
      return layout.groupOf[(Integer) block];
    }
  }

  /** The sizes of the lists. */
  static long[] sizes(JavaRDD<int[]> own, int lists) {
    return own.map(
            piece -> {
              long[] counts = new long[lists];
              for (int list : piece) {
                counts[list]++;
              }
              return counts;
            })
        .fold(
            new long[lists],
            (a, b) -> {
              long[] sum = new long[lists];
              Arrays.setAll(sum, list -> a[list] + b[list]);
              return sum;
            });
  }

  /**
   * Deals a table out.
   *
   * @param own the lists of the rows of each piece of the table
   * @param probes lists that each row is compared with; 0: it is not compared
   */
  static ListTable of(
      JoinTable table,
      JavaRDD<int[]> own,
      ListCentres centres,
      int probes,
      int blockRows,
      DeviceChoice device) {
    long[] sizes = sizes(own, centres.lists());
    Layout layout = Layout.of(sizes, blockRows, table.cores());
    JavaRDD<ProbingBlock> blocks =
        table
            .rows()
            .zip(own)
            .flatMapToPair(piece -> deal(piece._1(), piece._2(), centres, probes, layout, device))
            .partitionBy(new Groups(layout))
            .mapPartitions(parts -> assemble(parts, layout))
            .persist(StorageLevel.MEMORY_AND_DISK());
    return new ListTable(blocks, sizes);
  }

  private static Iterator<Tuple2<Integer, Part>> deal(
      PackedRows piece,
      int[] own,
      ListCentres centres,
      int probes,
      Layout layout,
      DeviceChoice device) {
    if (own.length == 0) {
      return List.<Tuple2<Integer, Part>>of().iterator();
    }
    TaskContext context = TaskContext.get();
    int[][] probed =
        probes == 0
            ? new int[own.length][0]
            : centres.nearest(
                piece.block(0),
                probes,
                centres.measure(),
                TaskDevice.of(context, device),
                context.cpus());
    Map<Integer, List<Integer>> rowsOf = new HashMap<>();
    for (int row = 0; row < own.length; row++) {
      rowsOf
          .computeIfAbsent(layout.block(own[row], piece.ids()[row]), unseen -> new ArrayList<>())
          .add(row);
    }
    return rowsOf.entrySet().stream()
        .map(
            entry -> {
              int[] rows = entry.getValue().stream().mapToInt(Integer::intValue).toArray();
              int[][] of = Arrays.stream(rows).mapToObj(row -> probed[row]).toArray(int[][]::new);
              return new Tuple2<>(entry.getKey(), new Part(piece.select(rows), of));
            })
        .iterator();
  }

  private static Iterator<ProbingBlock> assemble(
      Iterator<Tuple2<Integer, Part>> parts, Layout layout) {
    Map<Integer, List<Part>> byBlock = new TreeMap<>();
    parts.forEachRemaining(
        part -> byBlock.computeIfAbsent(part._1(), unseen -> new ArrayList<>()).add(part._2()));
    return byBlock.entrySet().stream()
        .map(
            entry -> {
              VectorBlock block =
                  PackedRows.concatenate(
                      entry.getKey(), entry.getValue().stream().map(Part::rows).toList());
              int[][] probes =
                  entry.getValue().stream()
                      .flatMap(part -> Arrays.stream(part.probes))
                      .toArray(int[][]::new);
              return new ProbingBlock(block, layout.listOf[entry.getKey()], probes);
            })
        .iterator();
  }

  @Override
  public void close() {
    blocks.unpersist(false);
  }
}
