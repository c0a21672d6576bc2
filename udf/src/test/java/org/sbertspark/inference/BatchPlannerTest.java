package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatchPlannerTest {

  @Property(tries = 300)
  void everyTextIsInExactlyOneBatch(
      @ForAll @Size(max = 300) List<@IntRange(min = 1, max = 600) Integer> texts,
      @ForAll @IntRange(min = 1, max = 2000) int budget) {
    int[] places =
        BatchPlanner.plan(lengths(texts), budget).stream()
            .flatMapToInt(Arrays::stream)
            .sorted()
            .toArray();
    int[] all = new int[texts.size()];
    Arrays.setAll(all, i -> i);
    assertThat(places).isEqualTo(all);
  }

  @Property(tries = 300)
  void paddedTokensStayUnderTheBudgetUnlessATextAloneIsAboveIt(
      @ForAll @Size(max = 300) List<@IntRange(min = 1, max = 600) Integer> texts,
      @ForAll @IntRange(min = 1, max = 2000) int budget) {
    for (int[] batch : BatchPlanner.plan(lengths(texts), budget)) {
      int longest = Arrays.stream(batch).map(texts::get).max().orElseThrow();
      assertThat(batch.length == 1 || batch.length * longest <= budget).isTrue();
    }
  }

  @Property(tries = 100)
  void nextBatchIsNeverLonger(
      @ForAll @Size(max = 300) List<@IntRange(min = 1, max = 600) Integer> texts) {
    int[] order =
        BatchPlanner.plan(lengths(texts), 512).stream()
            .flatMapToInt(Arrays::stream)
            .map(texts::get)
            .toArray();
    for (int i = 1; i < order.length; i++) {
      assertThat(order[i]).isLessThanOrEqualTo(order[i - 1]);
    }
  }

  private static int[] lengths(List<Integer> texts) {
    return texts.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void overBudgetTextFormsItsOwnBatch() {
    List<int[]> plan = BatchPlanner.plan(new int[] {3, 900, 4}, 512);
    assertThat(plan).hasSize(2);
    assertThat(plan.get(0)).containsExactly(1);
    assertThat(plan.get(1)).containsExactly(2, 0);
  }

  @Test
  void noTextsGiveNoBatches() {
    assertThat(BatchPlanner.plan(new int[0], 512)).isEmpty();
  }
}
