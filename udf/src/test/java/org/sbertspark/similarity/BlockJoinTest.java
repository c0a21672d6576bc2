package org.sbertspark.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.similarity.BruteForce.Found;
import org.sbertspark.testing.TestCache;

/** Joins of blocks against brute force in double precision, with every engine. */
class BlockJoinTest {
  static {
    TestCache.use();
  }

  enum Engine {
    TORCH,
    /** What runs on GPUs, on the CPU. */
    TORCH_DEVICE,
    NETLIB;

    ProductEngine products() {
      return switch (this) {
        case TORCH -> new HostProducts(new TorchMultiplication(1));
        case TORCH_DEVICE -> new TorchDeviceProducts(ComputeDevice.CPU);
        case NETLIB -> new HostProducts(new BlasMultiplication());
      };
    }

    BlockJoin join(JoinKind kind) {
      return new BlockJoin(kind, products());
    }
  }

  /**
   * Vectors with many equal components, so that ties and equal vectors are frequent.
   *
   * @param blockRows rows of a block
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Table(float[][] left, float[][] right, int blockRows, JoinKind kind, Engine engine) {
    @Override
    public String toString() {
      return "%s %s, blocks of %d, %s, %s"
          .formatted(
              Arrays.deepToString(left), Arrays.deepToString(right), blockRows, kind, engine);
    }
  }

  @Provide
  Arbitrary<Table> tables() {
    Arbitrary<Float> coarse = Arbitraries.integers().between(-2, 2).map(i -> i * 0.5f);
    Arbitrary<Float> fine = Arbitraries.floats().between(-1, 1);
    Arbitrary<JoinKind> kinds =
        Combinators.combine(
                Arbitraries.of(Measure.class),
                Arbitraries.integers().between(1, 9),
                Arbitraries.of(Double.NaN, 0.0, 0.5, 0.9, 1.0))
            .as(
                (measure, k, threshold) ->
                    Double.isNaN(threshold)
                        ? JoinKind.nearest(measure, k)
                        : JoinKind.within(measure, threshold, k));
    return Arbitraries.integers()
        .between(1, 6)
        .flatMap(
            d -> {
              Arbitrary<float[][]> vectors =
                  Arbitraries.oneOf(coarse, fine)
                      .array(Float[].class)
                      .ofSize(d)
                      .list()
                      .ofMinSize(0)
                      .ofMaxSize(30)
                      .map(BlockJoinTest::usable);
              return Combinators.combine(
                      vectors,
                      vectors,
                      Arbitraries.integers().between(1, 12),
                      kinds,
                      Arbitraries.of(Engine.class))
                  .as(Table::new);
            });
  }

  private static float[][] usable(List<Float[]> vectors) {
    return vectors.stream()
        .map(
            boxed -> {
              float[] vector = new float[boxed.length];
              for (int i = 0; i < vector.length; i++) {
                vector[i] = boxed[i];
              }
              return vector;
            })
        .filter(vector -> VectorBlock.squares(vector) > 1e-12)
        .toArray(float[][]::new);
  }

  @Property(tries = 300)
  void selfJoinsAreBruteForce(@ForAll("tables") Table table) {
    assertEqual(
        self(table.left, table.blockRows, table.kind, table.engine),
        table.left,
        table.left,
        true,
        table.kind);
  }

  @Property(tries = 300)
  void joinsAreBruteForce(@ForAll("tables") Table table) {
    assertEqual(
        between(table.left, table.right, table.blockRows, table.kind, table.engine),
        table.left,
        table.right,
        false,
        table.kind);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void manyDimensionsAndStrips(Engine engine) {
    Random random = new Random(7);
    float[][] vectors = new float[700][];
    for (int i = 0; i < vectors.length; i++) {
      // Every other one is near the one before.
      vectors[i] = i % 2 == 0 ? gaussian(random, null, 1) : gaussian(random, vectors[i - 1], 0.01);
    }
    for (Measure measure : Measure.values()) {
      JoinKind kind = JoinKind.nearest(measure, 10);
      assertEqual(self(vectors, 300, kind, engine), vectors, vectors, true, kind);
    }
  }

  private static float[] gaussian(Random random, float[] around, double scale) {
    float[] vector = new float[384];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) ((around == null ? 0 : around[i]) + scale * random.nextGaussian());
    }
    return vector;
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void ofManyEqualVectorsTheSmallestIdsWin(Engine engine) {
    float[][] equal = new float[500][];
    Arrays.fill(equal, new float[] {0.6f, 0.8f, 0.1f});
    for (Measure measure : Measure.values()) {
      JoinKind kind = JoinKind.nearest(measure, 3);
      assertEqual(self(equal, 120, kind, engine), equal, equal, true, kind);
    }
  }

  @Test
  void theCosineOfEqualVectorsIsOne() {
    float[][] vectors = {{0.1f, 0.7f, 0.3f}, {0.1f, 0.7f, 0.3f}, {1, 0, 0}};
    JoinKind kind = JoinKind.within(Measure.COSINE, 1, 5);
    List<Found> found = self(vectors, 2, kind, Engine.TORCH).get(RowId.of(0));
    assertThat(found).containsExactly(new Found(RowId.of(1), 1));
  }

  @Test
  void enginesAndBlocksMakeNoDifference() {
    Random random = new Random(3);
    float[][] vectors = new float[200][];
    Arrays.setAll(vectors, i -> gaussian(random, null, 1));
    JoinKind kind = JoinKind.nearest(Measure.COSINE, 7);
    Map<RowId, List<Found>> expected = self(vectors, 200, kind, Engine.TORCH);
    assertThat(self(vectors, 13, kind, Engine.TORCH)).isEqualTo(expected);
    assertThat(self(vectors, 64, kind, Engine.NETLIB)).isEqualTo(expected);
    assertThat(self(vectors, 50, kind, Engine.TORCH_DEVICE)).isEqualTo(expected);
  }

  @Test
  void vectorsOfDifferentDimensionsAreRefused() {
    try (BlockJoin join = Engine.NETLIB.join(JoinKind.nearest(Measure.DOT, 1))) {
      join.add(new VectorBlock(0, new RowId[] {RowId.of(0)}, 2, new float[] {1, 2}));
      VectorBlock other = new VectorBlock(1, new RowId[] {RowId.of(1)}, 3, new float[] {1, 2, 3});
      assertThatThrownBy(() -> join.oneWay(other)).hasMessageContaining("2 and 3 components");
    }
  }

  @Test
  void kindsThatKeepNothingAreRefused() {
    assertThatThrownBy(() -> JoinKind.nearest(Measure.DOT, 0))
        .hasMessageContaining("0 neighbours of a row, expected 1");
    assertThatThrownBy(() -> JoinKind.within(Measure.DOT, Double.NaN, 3))
        .hasMessageContaining("NaN");
  }

  @Test
  void aGpuThatIsNotThereIsRefused() {
    JoinKind kind = JoinKind.nearest(Measure.DOT, 1);
    assertThatThrownBy(() -> new BlockJoin(kind, new ComputeDevice(63), 1).close())
        .hasMessageContaining("Cannot use cuda:63");
  }

  private static Map<RowId, List<Found>> self(
      float[][] vectors, int blockRows, JoinKind kind, Engine engine) {
    List<VectorBlock> blocks = blocks(vectors, blockRows);
    Map<Integer, Neighbours> results = new TreeMap<>();
    // Two cells: blocks that stay are the even ones, then the odd ones.
    for (int parity = 0; parity < 2; parity++) {
      try (BlockJoin join = engine.join(kind)) {
        for (VectorBlock block : blocks) {
          if (block.number() % 2 == parity) {
            join.add(block);
          }
        }
        join.within();
        for (VectorBlock block : blocks) {
          results.merge(
              block.number(), join.bothWays(block), (a, b) -> a.merge(b, kind.capacity()));
        }
        join.results()
            .forEach((n, more) -> results.merge(n, more, (a, b) -> a.merge(b, kind.capacity())));
      }
    }
    return found(results, kind);
  }

  private static Map<RowId, List<Found>> between(
      float[][] left, float[][] right, int blockRows, JoinKind kind, Engine engine) {
    try (BlockJoin join = engine.join(kind)) {
      blocks(left, blockRows).forEach(join::add);
      blocks(right, blockRows).forEach(join::oneWay);
      return found(join.results(), kind);
    }
  }

  private static List<VectorBlock> blocks(float[][] vectors, int blockRows) {
    List<VectorBlock> blocks = new ArrayList<>();
    for (int begin = 0; begin < vectors.length; begin += blockRows) {
      int rows = Math.min(blockRows, vectors.length - begin);
      int d = vectors[0].length;
      RowId[] ids = new RowId[rows];
      float[] values = new float[rows * d];
      for (int i = 0; i < rows; i++) {
        ids[i] = RowId.of(begin + i);
        System.arraycopy(vectors[begin + i], 0, values, i * d, d);
      }
      blocks.add(new VectorBlock(blocks.size(), ids, d, values));
    }
    return blocks;
  }

  private static Map<RowId, List<Found>> found(Map<Integer, Neighbours> results, JoinKind kind) {
    Map<RowId, List<Found>> found = new TreeMap<>();
    for (Neighbours neighbours : results.values()) {
      for (int row = 0; row < neighbours.rows(); row++) {
        List<Found> list = new ArrayList<>();
        for (int rank = 0; rank < neighbours.count(row); rank++) {
          double value = kind.measure().value(neighbours.nearness(row, rank));
          list.add(new Found(neighbours.other(row, rank), value));
        }
        found.put(neighbours.row(row), list);
      }
    }
    return found;
  }

  /** Values within 1e-9; where neighbours differ, their values tell them not apart. */
  private static void assertEqual(
      Map<RowId, List<Found>> found, float[][] left, float[][] right, boolean self, JoinKind kind) {
    assertThat(found).hasSize(left.length);
    for (int row = 0; row < left.length; row++) {
      List<Found> expected = BruteForce.neighbours(left, row, right, self, kind);
      List<Found> actual = found.get(RowId.of(row));
      boolean edge = kind.leastNearness() > Double.NEGATIVE_INFINITY;
      if (!edge || actual.size() == expected.size()) {
        assertThat(actual).as("row %d", row).hasSameSizeAs(expected);
      } else {
        // Rounding in the reference decides whether a pair on the threshold counts.
        Found odd =
            actual.size() > expected.size()
                ? actual.get(expected.size())
                : expected.get(actual.size());
        assertThat(kind.measure().nearnessOf(odd.value()))
            .isCloseTo(kind.leastNearness(), within(1e-9));
      }
      for (int rank = 0; rank < Math.min(actual.size(), expected.size()); rank++) {
        Found one = actual.get(rank);
        assertThat(one.value()).isCloseTo(expected.get(rank).value(), within(1e-9));
        int other = Math.toIntExact(one.id().number());
        assertThat(self && other == row).isFalse();
        assertThat(one.value())
            .isCloseTo(BruteForce.value(kind.measure(), left[row], right[other]), within(1e-9));
      }
      assertThat(actual).extracting(Found::id).doesNotHaveDuplicates();
      for (int rank = 1; rank < actual.size(); rank++) {
        if (actual.get(rank - 1).value() == actual.get(rank).value()) {
          assertThat(actual.get(rank - 1).id()).isLessThan(actual.get(rank).id());
        }
      }
    }
  }
}
