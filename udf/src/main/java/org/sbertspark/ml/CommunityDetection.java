package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Communities of rows, as {@code util.community_detection} of sentence-transformers defines them.
 * Each row with at least {@code minSize} rows within the threshold, itself included, is the centre
 * of a community of these. From the largest one to the smallest, equally large ones in the order of
 * their centres' ids, each gives up the rows that an earlier one has, and is dropped if fewer than
 * {@code minSize} are left to it. So a row is in one community at most. As there, a table with
 * fewer usable rows than {@code minSize} has that number for {@code minSize}.
 *
 * <p>What the reference does one after the other is done in rounds: in each, all communities come
 * into being that are the first ones still possible for all of their rows. What is small enough is
 * finished on the driver.
 *
 * <p>Columns, rows that take no part, and cost are those of {@link SimilarityJoin#self}; besides,
 * all pairs within the threshold are kept, in Spark's storage.
 */
public final class CommunityDetection {
  public static final String ID = "id";
  public static final String COMMUNITY = "community";
  public static final String RANK = "community_rank";

  private static final String TASK = "detect communities";

  /** Larger centres have smaller orders, so that the first one is the least. */
  private static final String ORDER = "before";

  private static final String CENTRE = "centre";
  private static final String MEMBER = "member";
  private static final String NEIGHBOUR_RANK = "neighbour_rank";
  private static final int MOST_ROUNDS = 200;

  /** Pairs that the driver takes: about 100 MB. */
  private static final int LOCAL_PAIRS = 500_000;

  private final JoinSettings settings;
  private final int minSize;
  private final int localPairs;

  /**
   * @param settings {@code maxPerRow} bounds the rows of a community
   * @throws IllegalArgumentException if they have no threshold, or if {@code minSize} is below 2
   */
  public CommunityDetection(JoinSettings settings, int minSize) {
    this(settings, minSize, LOCAL_PAIRS);
  }

  CommunityDetection(JoinSettings settings, int minSize, int localPairs) {
    settings.within(TASK);
    JoinSettings.require(minSize >= 2, "minSize", minSize, "2 or more");
    this.settings = settings;
    this.minSize = minSize;
    this.localPairs = localPairs;
  }

  /**
   * What was found.
   *
   * @param members {@value #ID}, {@value #COMMUNITY} (from 0, the largest one first, equally large
   *     ones as they came into being) and {@value #RANK} (from 1: the centre, if it is there, then
   *     the nearest to it first, equally near ones by their ids); in Spark's storage as long as
   *     this is in use
   * @param communities how many there are
   * @param rows in all of them
   * @param counts of the vectors
   */
  public record Detected(Dataset<Row> members, long communities, long rows, VectorCounts counts) {}

  /**
   * Finds the communities; the work is done when this returns.
   *
   * @throws IllegalArgumentException as {@link SimilarityJoin#self}, or if rows have {@code
   *     maxPerRow} neighbours: there might be more
   * @throws IllegalStateException if it takes too many rounds
   */
  public Detected detect(Dataset<Row> rows, String idColumn, String vectorColumn) {
    try (JoinResult join = new SimilarityJoin(settings).self(rows, idColumn, vectorColumn)) {
      JoinCounts counts = join.counts();
      if (counts.full() > 0) {
        throw new IllegalArgumentException(
            "Cannot %s: %,d rows have %,d neighbours within the threshold, and may have more; raise the threshold or maxPerRow"
                .formatted(TASK, counts.full(), settings.capacity()));
      }
      long least = Math.min(minSize, counts.left().usable());
      Dataset<Row> communities = greedy(candidates(join.pairs(), least), least);
      Dataset<Row> members = Rounds.checkpoint(numbered(communities));
      Row sums = members.agg(countDistinct(COMMUNITY), count(lit(1))).first();
      return new Detected(members, sums.getLong(0), sums.getLong(1), counts.left());
    }
  }

  /** Each centre with its rows, itself included. */
  private static Dataset<Row> candidates(Dataset<Row> pairs, long least) {
    WindowSpec ofCentre = Window.partitionBy(CENTRE);
    Dataset<Row> others =
        pairs
            .select(
                col(SimilarityJoin.LEFT_ID).as(CENTRE),
                col(SimilarityJoin.RIGHT_ID).as(MEMBER),
                col(SimilarityJoin.RANK).as(NEIGHBOUR_RANK))
            .withColumn(ORDER, lit(-1L).minus(count(lit(1)).over(ofCentre)))
            .where(col(ORDER).leq(-least));
    Dataset<Row> centres =
        others
            .where(col(NEIGHBOUR_RANK).equalTo(1))
            .select(col(CENTRE), col(CENTRE).as(MEMBER), lit(0).as(NEIGHBOUR_RANK), col(ORDER));
    return others.union(centres);
  }

  /** The candidates' rows that stay theirs. */
  private Dataset<Row> greedy(Dataset<Row> candidates, long least) {
    WindowSpec ofMember = Window.partitionBy(MEMBER);
    WindowSpec ofCentre = Window.partitionBy(CENTRE);
    Dataset<Row> open = Rounds.checkpoint(candidates);
    Dataset<Row> done = open.limit(0);
    for (int round = 1; open.count() > localPairs; round++) {
      Rounds.requireAtMost(MOST_ROUNDS, round, TASK);
      Dataset<Row> marked =
          Rounds.checkpoint(
              open.withColumn("first", min(struct(ORDER, CENTRE)).over(ofMember))
                  .withColumn(
                      "comes",
                      min(col("first").getField(CENTRE).equalTo(col(CENTRE))).over(ofCentre))
                  .withColumn("taken", max("comes").over(ofMember)));
      done = done.union(marked.where(col("comes")).select(CENTRE, MEMBER, NEIGHBOUR_RANK, ORDER));
      open =
          Rounds.checkpoint(
              marked
                  .where(not(col("taken")))
                  .withColumn("left", count(lit(1)).over(ofCentre))
                  .where(col("left").geq(least))
                  .select(CENTRE, MEMBER, NEIGHBOUR_RANK, ORDER));
    }
    return done.union(onDriver(open, least));
  }

  /** The same, one after the other. */
  private static Dataset<Row> onDriver(Dataset<Row> open, long least) {
    Set<Object> taken = new HashSet<>();
    List<Row> kept = new ArrayList<>();
    List<Row> community = new ArrayList<>();
    List<Row> sorted = open.orderBy(ORDER, CENTRE, NEIGHBOUR_RANK).collectAsList();
    int centre = open.schema().fieldIndex(CENTRE);
    int member = open.schema().fieldIndex(MEMBER);
    for (int i = 0; i < sorted.size(); i++) {
      Row row = sorted.get(i);
      if (!taken.contains(row.get(member))) {
        community.add(row);
      }
      boolean last =
          i + 1 == sorted.size() || !sorted.get(i + 1).get(centre).equals(row.get(centre));
      if (last) {
        if (community.size() >= least) {
          community.forEach(mine -> taken.add(mine.get(member)));
          kept.addAll(community);
        }
        community.clear();
      }
    }
    return open.sparkSession().createDataFrame(kept, open.schema());
  }

  private static Dataset<Row> numbered(Dataset<Row> communities) {
    SparkSession spark = communities.sparkSession();
    Dataset<Row> sizes = communities.groupBy(ORDER, CENTRE).agg(count(lit(1)).as("size"));
    StructType schema =
        new StructType()
            .add(CENTRE, communities.schema().apply(CENTRE).dataType())
            .add(COMMUNITY, DataTypes.IntegerType);
    Dataset<Row> numbers =
        spark.createDataFrame(
            sizes
                .orderBy(col("size").desc(), col(ORDER), col(CENTRE))
                .select(CENTRE)
                .javaRDD()
                .zipWithIndex()
                .map(row -> RowFactory.create(row._1().get(0), row._2().intValue())),
            schema);
    return communities
        .join(numbers, CENTRE)
        .withColumn(RANK, row_number().over(Window.partitionBy(COMMUNITY).orderBy(NEIGHBOUR_RANK)))
        .select(col(MEMBER).as(ID), col(COMMUNITY), col(RANK));
  }
}
