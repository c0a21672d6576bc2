package org.sbertspark.ml;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.JoinKind;
import org.sbertspark.similarity.Neighbours;
import org.sbertspark.similarity.RowId;
import scala.Tuple2;

/**
 * Nearest neighbours with a part of the work of {@link SimilarityJoin}: rows are dealt into lists
 * by k-means, and each is compared with the lists nearest to it only (an inverted file, Jégou et
 * al., Product Quantization for Nearest Neighbor Search, section IV). What is compared is compared
 * exactly. The share of true neighbours that are found is measured in each run, on some rows that
 * are compared with all.
 *
 * <p>Rows, columns and results are those of {@link SimilarityJoin}. The same table, settings and
 * seed give the same result, but for the last bits of the lists' centres, which MLlib sums in the
 * order in which its tasks end where the sample is larger than one task's.
 */
public final class ApproximateJoin {
  /** With fewer rows to search there is nothing to save. */
  private static final int FEW_ROWS = 64;

  private final JoinSettings settings;
  private final ApproximateSettings approximate;
  private final JoinKind kind;

  /**
   * @throws IllegalArgumentException if the settings have neither k nor threshold
   */
  public ApproximateJoin(JoinSettings settings, ApproximateSettings approximate) {
    this.settings = settings;
    this.approximate = approximate;
    this.kind = settings.kind();
  }

  /** As {@link SimilarityJoin#self}. */
  public JoinResult self(Dataset<Row> rows, String idColumn, String vectorColumn) {
    try (JoinTable table = JoinTable.open(rows, idColumn, vectorColumn, settings.measure())) {
      return table.sum().usable() < FEW_ROWS
          ? new SimilarityJoin(settings).self(table)
          : join(table, table, true);
    }
  }

  /** As {@link SimilarityJoin#between}. */
  public JoinResult between(
      Dataset<Row> left, Dataset<Row> right, String idColumn, String vectorColumn) {
    try (JoinTable leftTable = JoinTable.open(left, idColumn, vectorColumn, settings.measure());
        JoinTable rightTable = JoinTable.open(right, idColumn, vectorColumn, settings.measure())) {
      JoinTable.requireSameDimension(leftTable.sum().plus(rightTable.sum()));
      return rightTable.sum().usable() < FEW_ROWS || leftTable.sum().usable() == 0
          ? new SimilarityJoin(settings).between(leftTable, rightTable)
          : join(leftTable, rightTable, false);
    }
  }

  private JoinResult join(JoinTable left, JoinTable right, boolean self) {
    long rows = right.sum().usable();
    int wanted = approximate.lists() == 0 ? (int) Math.sqrt((double) rows) : approximate.lists();
    ListCentres centres =
        ListCentres.learn(
            right, (int) Math.min(rows, wanted), settings.measure(), approximate.seed());
    JavaRDD<int[]> rightLists = own(right, centres).persist(StorageLevel.MEMORY_AND_DISK());
    JavaRDD<int[]> leftLists =
        self ? rightLists : own(left, centres).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      RecallSample sample = RecallSample.take(left, right, self, kind, approximate);
      int probes =
          Math.min(
              centres.lists(),
              Math.max(
                  approximate.probes(),
                  sample.probes(
                      centres,
                      listsOf(right, rightLists, sample.truth()),
                      approximate.targetRecall())));
      int blockRows = settings.blockRows();
      try (ListTable leftTable =
              ListTable.of(left, leftLists, centres, probes, blockRows, settings.device());
          ListTable rightTable =
              self
                  ? leftTable
                  : ListTable.of(right, rightLists, centres, 0, blockRows, settings.device())) {
        PartitionPairs<?, Tuple2<Integer, Neighbours>> pairs =
            PartitionPairs.between(
                leftTable.blocks().rdd(),
                rightTable.blocks().rdd(),
                new ProbedPairs(kind, settings.device(), self));
        FoundPairs found = FoundPairs.of(pairs, kind, leftTable.blocks().getNumPartitions());
        long sought = left.sum().usable();
        // Dealing both tables out, and choosing what to probe.
        long dealt = (self ? 2 * sought : 2 * sought + rows) * centres.lists();
        long scored =
            compared(leftTable, rightTable)
                + dealt
                + ListCentres.comparisons(centres.lists())
                + sample.queries() * rows;
        Approximation approximation =
            new Approximation(
                centres.lists(),
                probes,
                sample.queries(),
                sample.recall(found.merged()),
                self ? rows * (rows - 1) / 2 : sought * rows);
        return JoinResult.of(
            found, settings.measure(), left, right, scored, Optional.of(approximation));
      }
    } finally {
      rightLists.unpersist(false);
      leftLists.unpersist(false);
    }
  }

  private JavaRDD<int[]> own(JoinTable table, ListCentres centres) {
    DeviceChoice device = settings.device();
    return table
        .rows()
        .map(
            piece -> {
              TaskContext context = TaskContext.get();
              return piece.ids().length == 0
                  ? new int[0]
                  : centres.own(piece.block(0), TaskDevice.of(context, device), context.cpus());
            });
  }

  /** The lists of some rows. */
  private static Map<RowId, Integer> listsOf(
      JoinTable table, JavaRDD<int[]> own, List<Set<RowId>> rows) {
    Set<RowId> all = new HashSet<>();
    rows.forEach(all::addAll);
    Map<RowId, Integer> lists = new HashMap<>();
    table
        .rows()
        .zip(own)
        .flatMap(
            piece ->
                IntStream.range(0, piece._2().length)
                    .filter(row -> all.contains(piece._1().ids()[row]))
                    .mapToObj(row -> new Tuple2<>(piece._1().ids()[row], piece._2()[row]))
                    .iterator())
        .collect()
        .forEach(row -> lists.put(row._1(), row._2()));
    return lists;
  }

  /** Pairs that are compared in the lists. */
  private static long compared(ListTable left, ListTable right) {
    long[] sizes = right.sizes();
    return left.blocks()
        .map(
            block ->
                Arrays.stream(block.probes())
                    .mapToLong(lists -> Arrays.stream(lists).mapToLong(list -> sizes[list]).sum())
                    .sum())
        .fold(0L, Long::sum);
  }
}
