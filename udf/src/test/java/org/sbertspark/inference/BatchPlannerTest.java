package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Property(tries = 100)
  void isNeverMorePaddedThanFullBatches(
      @ForAll @Size(min = 1, max = 300) List<@IntRange(min = 1, max = 600) Integer> texts) {
    int[] sorted = texts.stream().mapToInt(i -> -i).sorted().map(i -> -i).toArray();
    long full = 0;
    int begin = 0;
    while (begin < sorted.length) {
      int rows = Math.min(sorted.length - begin, Math.max(1, 512 / sorted[begin]));
      full += (long) rows * sorted[begin];
      begin += rows;
    }
    assertThat(computedTokens(sorted, BatchPlanner.plan(sorted, 512))).isLessThanOrEqualTo(full);
  }

  /** Sentences of 5 to 60 tokens, 18 on average, as in the STS benchmark. */
  @ParameterizedTest
  @ValueSource(ints = {120, 500, 2048})
  void sentencesAreHardlyPadded(int windowRows) {
    Random random = new Random(5);
    int[] lengths =
        IntStream.range(0, windowRows)
            .map(i -> (int) Math.min(60, 5 + Math.exp(2.4 + 0.6 * random.nextGaussian())))
            .toArray();
    List<int[]> plan = BatchPlanner.plan(lengths, EncoderOptions.DEFAULT_TOKEN_BUDGET);
    double useful = Arrays.stream(lengths).sum();
    assertThat(1 - useful / computedTokens(lengths, plan)).isLessThan(0.03);
    assertThat(useful / plan.size()).as("tokens of a batch").isGreaterThan(64);
  }

  private static long computedTokens(int[] lengths, List<int[]> plan) {
    return plan.stream().mapToLong(batch -> (long) batch.length * lengths[batch[0]]).sum();
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
