package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.sbertspark.evaluation.GoldenMetrics.EXACT;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.sbertspark.evaluation.ClusteringMetrics.Cell;

class ClusteringMetricsTest {
  @Test
  void equalsScikitLearn() throws IOException {
    for (JsonNode golden : GoldenMetrics.of("clustering")) {
      ClusteringMetrics metrics =
          ClusteringMetrics.of(ints(golden.get("label")), ints(golden.get("cluster")));
      assertThat(metrics.homogeneity()).isCloseTo(golden.get("homogeneity").doubleValue(), EXACT);
      assertThat(metrics.completeness()).isCloseTo(golden.get("completeness").doubleValue(), EXACT);
      assertThat(metrics.vMeasure()).isCloseTo(golden.get("v_measure").doubleValue(), EXACT);
      assertThat(metrics.adjustedRand())
          .isCloseTo(golden.get("adjusted_rand").doubleValue(), EXACT);
      assertThat(metrics.normalizedMutualInformation())
          .isCloseTo(golden.get("normalized_mutual_info").doubleValue(), EXACT);
    }
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  @Test
  void sameGroupsUnderOtherNumbersArePerfect() {
    assertThat(ClusteringMetrics.of(new int[] {0, 0, 1, 2}, new int[] {7, 7, -3, 0}))
        .isEqualTo(new ClusteringMetrics(1, 1, 1, 1, 1));
  }

  @Test
  void oneClassInOneClusterIsPerfect() {
    assertThat(ClusteringMetrics.of(new int[] {4, 4}, new int[] {0, 0}))
        .isEqualTo(new ClusteringMetrics(1, 1, 1, 1, 1));
  }

  @Test
  void countsAreAsGoodAsItems() {
    assertThat(
            ClusteringMetrics.of(
                List.of(
                    new Cell(0, 0, 2), new Cell(0, 1, 1), new Cell(1, 1, 1), new Cell(1, 1, 2))))
        .isEqualTo(
            ClusteringMetrics.of(new int[] {0, 0, 0, 1, 1, 1}, new int[] {0, 0, 1, 1, 1, 1}));
  }

  @Test
  void nothingToClusterIsPerfect() {
    assertThat(ClusteringMetrics.of(new int[0], new int[0]))
        .isEqualTo(new ClusteringMetrics(1, 1, 1, 1, 1));
  }

  @Test
  void oneClusterForAllClassesIsWorthNothing() {
    assertThat(ClusteringMetrics.of(new int[] {0, 1, 2}, new int[3]))
        .isEqualTo(new ClusteringMetrics(0, 1, 0, 0, 0));
  }

  @Property
  void homogeneityIsCompletenessSeenFromTheOtherSide(
      @ForAll @Size(min = 1, max = 40) int @IntRange(max = 4) [] labels) {
    int[] clusters = Arrays.stream(labels).map(l -> l * l % 3).toArray();
    ClusteringMetrics one = ClusteringMetrics.of(labels, clusters);
    ClusteringMetrics other = ClusteringMetrics.of(clusters, labels);
    assertThat(one.homogeneity()).isCloseTo(other.completeness(), EXACT);
    assertThat(one.vMeasure()).isCloseTo(other.vMeasure(), EXACT).isBetween(0.0, 1 + 1e-9);
    assertThat(one.adjustedRand()).isCloseTo(other.adjustedRand(), EXACT);
  }

  @Test
  void differentLengthsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClusteringMetrics.vMeasure(new int[3], new int[2]))
        .withMessage("Cannot compare 3 classes with 2 clusters: expected one of each per item");
  }
}
