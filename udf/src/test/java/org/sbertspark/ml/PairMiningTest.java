package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sbertspark.ml.VectorTables.row;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.similarity.Measure;
import org.sbertspark.testing.TestCache;

/** The nearest pairs against the definition of sentence-transformers' paraphrase_mining. */
@ExtendWith(TestCache.class)
class PairMiningTest {
  private static JoinSettings settings() {
    return JoinSettings.of(Measure.COSINE).withBlockRows(16);
  }

  private static List<Row> mine(JoinSettings settings, int top, Dataset<Row> rows) {
    return new PairMining(settings, top)
        .mine(rows, "id", "v")
        .pairs()
        .orderBy("rank")
        .collectAsList();
  }

  /**
   * With {@code top_k} as large as the table: of each row all others, each pair once as (smaller
   * id, larger id), by descending score; pairs of one score by their ids.
   */
  private static List<Row> paraphraseMining(float[][] vectors, int top) {
    List<Row> pairs = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      for (int j = i + 1; j < vectors.length; j++) {
        // Copies have the cosine 1, whatever the rounding.
        double score = Math.min(1, VectorTables.cosine(vectors[i], vectors[j]));
        pairs.add(RowFactory.create((long) i, (long) j, Math.round(score * 1e9) / 1e9));
      }
    }
    pairs.sort(Comparator.comparingDouble((Row pair) -> -pair.getDouble(2)));
    return pairs.subList(0, Math.min(top, pairs.size()));
  }

  @Test
  void pairsAreThoseOfParaphraseMining() {
    float[][] vectors = VectorTables.clustered(80, 12, 0.6, 4);
    for (int top : new int[] {1, 50, 100_000}) {
      List<Row> found = mine(settings(), top, VectorTables.table(vectors));
      List<Row> expected = paraphraseMining(vectors, top);
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.size(); i++) {
        Row pair = found.get(i);
        assertThat(pair.getLong(0)).isEqualTo(expected.get(i).getLong(0));
        assertThat(pair.getLong(1)).isEqualTo(expected.get(i).getLong(1));
        assertThat(pair.getDouble(2)).isCloseTo(expected.get(i).getDouble(2), within(1e-6));
        assertThat(pair.getInt(3)).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void aThresholdHoldsAndOtherMeasuresToo() {
    Dataset<Row> rows =
        VectorTables.table(List.of(row(3, 1, 0), row(1, 1, 0.1f), row(2, 0, 1), row(4, 0, 0)));
    assertThat(mine(settings().withThreshold(0.9), 10, rows))
        .hasSize(1)
        .first()
        .satisfies(pair -> assertThat(pair.getLong(0)).isEqualTo(1L))
        .satisfies(pair -> assertThat(pair.getLong(1)).isEqualTo(3L));
    List<Row> near = mine(JoinSettings.of(Measure.EUCLIDEAN), 2, rows);
    assertThat(near.get(0).getDouble(2)).isCloseTo(0.1, within(1e-6));
    assertThat(near.get(1)).isEqualTo(RowFactory.create(2L, 4L, 1.0, 2));
  }

  @Test
  void badInputIsRefused() {
    assertThatThrownBy(() -> new PairMining(settings(), 0))
        .hasMessage("top is 0, expected 1 to 5000000");
    assertThatThrownBy(() -> mine(settings(), 1, VectorTables.table(List.of(row(1, 1), row(1, 2)))))
        .hasMessageContaining("there more than once");
    assertThat(mine(settings(), 1, VectorTables.table(List.of(row(1, (float[]) null))))).isEmpty();
  }
}
