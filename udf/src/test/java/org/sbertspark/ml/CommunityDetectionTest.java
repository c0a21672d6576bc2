package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.VectorTables.row;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.similarity.Measure;
import org.sbertspark.testing.TestCache;

/** Communities against the definition of sentence-transformers' community_detection. */
@ExtendWith(TestCache.class)
class CommunityDetectionTest {
  private static List<List<Long>> detect(
      Dataset<Row> rows, double threshold, int minSize, int localPairs) {
    JoinSettings settings =
        JoinSettings.of(Measure.COSINE).withThreshold(threshold).withBlockRows(16);
    CommunityDetection.Detected found =
        new CommunityDetection(settings, minSize, localPairs).detect(rows, "id", "v");
    List<List<Long>> communities = new ArrayList<>();
    for (Row row : found.members().orderBy("community", "community_rank").collectAsList()) {
      if (row.getInt(1) == communities.size()) {
        communities.add(new ArrayList<>());
      }
      List<Long> community = communities.get(row.getInt(1));
      community.add(row.getLong(0));
      assertThat(row.getInt(2)).isEqualTo(community.size());
    }
    assertThat(found.communities()).isEqualTo(communities.size());
    assertThat(found.rows()).isEqualTo(communities.stream().mapToLong(List::size).sum());
    return communities;
  }

  /**
   * The reference, line by line. Within a community it orders by score; here rows equally near the
   * centre are ordered by their ids, the centre first.
   */
  private static List<List<Long>> reference(float[][] vectors, double threshold, int minSize) {
    int least = Math.min(minSize, vectors.length);
    List<List<Long>> extracted = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      float[] centre = vectors[i];
      long self = i;
      List<Long> community = new ArrayList<>();
      for (int j = 0; j < vectors.length; j++) {
        if (j == i || VectorTables.cosine(centre, vectors[j]) >= threshold) {
          community.add((long) j);
        }
      }
      if (community.size() >= least) {
        community.sort(
            Comparator.comparing((Long j) -> j != self)
                .thenComparingDouble(
                    j -> -rounded(VectorTables.cosine(centre, vectors[Math.toIntExact(j)])))
                .thenComparing(Comparator.naturalOrder()));
        extracted.add(community);
      }
    }
    // Sorting is stable there and here.
    extracted.sort(Comparator.comparing(List::size, Comparator.reverseOrder()));
    List<List<Long>> unique = new ArrayList<>();
    Set<Long> taken = new HashSet<>();
    for (List<Long> community : extracted) {
      List<Long> left = community.stream().filter(row -> !taken.contains(row)).toList();
      if (left.size() >= least) {
        unique.add(left);
        taken.addAll(left);
      }
    }
    unique.sort(Comparator.comparing(List::size, Comparator.reverseOrder()));
    return unique;
  }

  private static double rounded(double score) {
    return Math.round(score * 1e12) / 1e12;
  }

  @Test
  void communitiesAreThoseOfTheReference() {
    float[][] vectors = VectorTables.clustered(150, 8, 0.8, 9);
    Dataset<Row> table = VectorTables.table(vectors);
    for (double threshold : new double[] {0.6, 0.8}) {
      for (int minSize : new int[] {2, 5}) {
        List<List<Long>> expected = reference(vectors, threshold, minSize);
        assertThat(expected).hasSizeGreaterThan(2);
        assertThat(detect(table, threshold, minSize, 1_000_000)).isEqualTo(expected);
      }
    }
  }

  @Test
  void roundsGiveTheSameAsOneAfterTheOther() {
    float[][] vectors = VectorTables.clustered(100, 6, 0.8, 10);
    assertThat(detect(VectorTables.table(vectors), 0.7, 4, 0))
        .isEqualTo(reference(vectors, 0.7, 4));
  }

  @Test
  void aSmallTableHasItsOwnSizeForTheLeastOne() {
    Dataset<Row> table =
        VectorTables.table(
            List.of(row(7, 1, 0), row(5, 1, 0.01f), row(6, (float[]) null), row(8, 0, 0)));
    assertThat(detect(table, 0.9, 10, 10)).containsExactly(List.of(5L, 7L));
    assertThat(detect(VectorTables.table(List.of(row(1, 1, 0))), 0.9, 10, 10)).isEmpty();
  }

  @Test
  void badInputIsRefused() {
    JoinSettings settings = JoinSettings.of(Measure.COSINE);
    assertThatThrownBy(() -> new CommunityDetection(settings, 10))
        .hasMessage("Cannot detect communities without a threshold");
    assertThatThrownBy(() -> new CommunityDetection(settings.withThreshold(0.5), 1))
        .hasMessage("minSize is 1, expected 2 or more");
    Dataset<Row> equal = VectorTables.table(List.of(row(1, 1, 0), row(2, 1, 0), row(3, 1, 0)));
    assertThatThrownBy(
            () ->
                new CommunityDetection(settings.withThreshold(0.5).withMaxPerRow(2), 2)
                    .detect(equal, "id", "v"))
        .hasMessageContaining("3 rows have 2 neighbours within the threshold, and may have more");
  }
}
