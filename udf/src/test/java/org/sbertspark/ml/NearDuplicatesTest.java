package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.VectorTables.row;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.similarity.Measure;
import org.sbertspark.testing.TestCache;

/** Groups of near-duplicates against components by brute force. */
@ExtendWith(TestCache.class)
class NearDuplicatesTest {
  private static NearDuplicates.Found find(Dataset<Row> rows, double threshold) {
    return new NearDuplicates(
            JoinSettings.of(Measure.COSINE).withThreshold(threshold).withBlockRows(16))
        .find(rows, "id", "v");
  }

  private static Map<Long, Long> duplicates(NearDuplicates.Found found) {
    Map<Long, Long> duplicates = new TreeMap<>();
    found.rows().collectAsList().forEach(row -> duplicates.put(row.getLong(0), row.getLong(1)));
    return duplicates;
  }

  @Test
  void groupsAreTheComponentsOfTheThresholdGraph() {
    float[][] vectors = VectorTables.clustered(120, 25, 0.4, 3);
    for (double threshold : new double[] {0.9, 0.97}) {
      int[] labels = IntStream.range(0, vectors.length).toArray();
      boolean changed = true;
      while (changed) {
        changed = false;
        for (int a = 0; a < labels.length; a++) {
          for (int b = 0; b < labels.length; b++) {
            if (labels[b] < labels[a] && VectorTables.cosine(vectors[a], vectors[b]) >= threshold) {
              labels[a] = labels[b];
              changed = true;
            }
          }
        }
      }
      Map<Long, Long> expected = new TreeMap<>();
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] != i) {
          expected.put((long) i, (long) labels[i]);
        }
      }
      NearDuplicates.Found found = find(VectorTables.table(vectors), threshold);
      assertThat(duplicates(found)).isEqualTo(expected);
      assertThat(found.duplicates()).isEqualTo(expected.size());
      assertThat(found.groups()).isEqualTo(expected.values().stream().distinct().count());
    }
  }

  @Test
  void denseGroupsAreNotTornApart() {
    // All rows but the last are equal: a row has far more duplicates than a join would keep.
    float[][] vectors = new float[300][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = new float[] {1, 1, 0, 0, 0, 0, 0, 0};
    }
    vectors[299] = new float[] {1, 1.1f, 0, 0, 0, 0, 0, 0};
    NearDuplicates.Found found =
        new NearDuplicates(
                JoinSettings.of(Measure.COSINE)
                    .withThreshold(0.99)
                    .withBlockRows(64)
                    .withMaxPerRow(1))
            .find(VectorTables.table(vectors), "id", "v");
    assertThat(found.duplicates()).isEqualTo(299);
    assertThat(duplicates(found).values()).containsOnly(0L);
  }

  @Test
  void rowsWithoutAUsableVectorAreCountedAndInNoGroup() {
    NearDuplicates.Found found =
        find(
            VectorTables.table(
                List.of(
                    row(1, 1, 0),
                    row(2, 2, 0),
                    row(3, 0, 0),
                    row(4, 0, 0),
                    row(5, Float.NaN, 0),
                    row(6, (float[]) null))),
            0.95);
    assertThat(duplicates(found)).containsExactly(Map.entry(2L, 1L));
    assertThat(found.counts().rows()).isEqualTo(6);
    assertThat(found.counts().usable()).isEqualTo(2);
    assertThat(find(VectorTables.table(List.of()), 0.9).duplicates()).isZero();
  }

  @Test
  void badInputIsRefused() {
    assertThatThrownBy(() -> new NearDuplicates(JoinSettings.of(Measure.COSINE).withK(3)))
        .hasMessage("Cannot find near-duplicates without a threshold");
    assertThatThrownBy(() -> find(VectorTables.table(List.of(row(1, 1, 0), row(1, 1, 1))), 0.9))
        .hasMessageContaining("there more than once");
    assertThatThrownBy(() -> find(VectorTables.table(List.of(row(1, 1, 0), row(2, 1))), 0.9))
        .hasStackTraceContaining("Cannot compare vectors of 1 and of 2 components");
  }
}
