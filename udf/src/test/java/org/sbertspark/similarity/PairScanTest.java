package org.sbertspark.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.similarity.BlockJoinTest.Engine;
import org.sbertspark.testing.TestCache;

/** What is kept of all pairs, against brute force in double precision, with every engine. */
@ExtendWith(TestCache.class)
class PairScanTest {
  private static final int ROWS = 60;

  /** Few different components: many ties and equal vectors. */
  private static float[][] vectors(Random random) {
    float[][] vectors = new float[ROWS][4];
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (1 + random.nextInt(4)) * (random.nextBoolean() ? 0.5f : -0.5f);
      }
    }
    return vectors;
  }

  private static List<RowPair> scan(
      float[][] vectors, int blockRows, Measure measure, PairSink sink, Engine engine) {
    try (PairScan scan = new PairScan(measure, sink, engine.products())) {
      List<VectorBlock> blocks = new ArrayList<>();
      for (int begin = 0; begin < vectors.length; begin += blockRows) {
        int from = begin;
        int to = Math.min(vectors.length, begin + blockRows);
        RowId[] ids = IntStream.range(from, to).mapToObj(RowId::of).toArray(RowId[]::new);
        float[] values = new float[(to - from) * 4];
        for (int row = from; row < to; row++) {
          System.arraycopy(vectors[row], 0, values, (row - from) * 4, 4);
        }
        blocks.add(new VectorBlock(blocks.size(), ids, 4, values));
      }
      blocks.forEach(scan::add);
      scan.within();
      blocks.forEach(scan::pass);
    }
    return sink.pairs();
  }

  private static List<RowPair> allPairs(float[][] vectors, JoinKind kind) {
    List<RowPair> all = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      for (int j = i + 1; j < vectors.length; j++) {
        double nearness =
            kind.measure().nearnessOf(BruteForce.value(kind.measure(), vectors[i], vectors[j]));
        if (nearness >= kind.leastNearness()) {
          all.add(new RowPair(RowId.of(i), RowId.of(j), nearness));
        }
      }
    }
    all.sort(null);
    return all;
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void theNearestPairsAreBruteForce(Engine engine) {
    Random random = new Random(5);
    for (Measure measure : Measure.values()) {
      float[][] vectors = vectors(random);
      for (int top : new int[] {1, 7, 200, 5000}) {
        JoinKind kind = JoinKind.nearest(measure, top);
        List<RowPair> found = scan(vectors, 17, measure, new NearestPairs(kind), engine);
        found.sort(null);
        List<RowPair> expected = allPairs(vectors, kind);
        assertThat(found).hasSize(Math.min(top, expected.size()));
        for (int i = 0; i < found.size(); i++) {
          assertThat(found.get(i).nearness()).isCloseTo(expected.get(i).nearness(), within(1e-9));
        }
        assertThat(found).doesNotHaveDuplicates();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aSpanningForestConnectsWhatAllPairsConnect(Engine engine) {
    Random random = new Random(6);
    for (double threshold : new double[] {-1, 0.5, 0.9, 0.99999}) {
      float[][] vectors = vectors(random);
      JoinKind kind = JoinKind.within(Measure.COSINE, threshold, 1);
      List<RowPair> found = scan(vectors, 23, Measure.COSINE, new SpanningForest(kind), engine);
      int[] expected = components(allPairs(vectors, kind));
      assertThat(components(found)).containsExactly(expected);
      assertThat(found).hasSize(ROWS - (int) Arrays.stream(expected).distinct().count());
    }
  }

  /** Of each row the smallest one that it is connected to: labels are spread until none changes. */
  private static int[] components(List<RowPair> pairs) {
    int[] labels = IntStream.range(0, ROWS).toArray();
    boolean changed = true;
    while (changed) {
      changed = false;
      for (RowPair pair : pairs) {
        int a = (int) pair.first().number();
        int b = (int) pair.second().number();
        int label = Math.min(labels[a], labels[b]);
        changed |= labels[a] != label || labels[b] != label;
        labels[a] = label;
        labels[b] = label;
      }
    }
    return labels;
  }
}
