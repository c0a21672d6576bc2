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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchPlannerTest {

  @Property(tries = 300)
  void everyTextIsInExactlyOneBatch(
      @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 600) Integer> texts,
      @ForAll @IntRange(min = 1, max = 2000) int budget,
      @ForAll BatchLayout layout) {
    int[] places =
        layout.plan(lengths(texts), budget).stream()
            .flatMapToInt(Arrays::stream)
            .sorted()
            .toArray();
    int[] all = new int[texts.size()];
    Arrays.setAll(all, i -> i);
    assertThat(places).isEqualTo(all);
  }

  @Property(tries = 300)
  void tokensStayUnderTheBudgetUnlessATextAloneIsAboveIt(
      @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 600) Integer> texts,
      @ForAll @IntRange(min = 1, max = 2000) int budget,
      @ForAll BatchLayout layout) {
    for (int[] batch : layout.plan(lengths(texts), budget)) {
      IntStream lengths = Arrays.stream(batch).map(texts::get);
      int tokens =
          layout == BatchLayout.UNPADDED
              ? lengths.sum()
              : batch.length * lengths.max().orElseThrow();
      assertThat(batch.length == 1 || tokens <= budget).isTrue();
    }
  }

  @Property(tries = 100)
  void nextTextIsNeverLonger(
      @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 600) Integer> texts,
      @ForAll BatchLayout layout) {
    int[] order =
        layout.plan(lengths(texts), 512).stream()
            .flatMapToInt(Arrays::stream)
            .map(texts::get)
            .toArray();
    for (int i = 1; i < order.length; i++) {
      assertThat(order[i]).isLessThanOrEqualTo(order[i - 1]);
    }
  }

  /** None is smaller than half of the budget, but for the size of a text. */
  @Property(tries = 100)
  void unpaddedBatchesAreFewAndLarge(
      @ForAll @Size(min = 100, max = 300) List<@IntRange(min = 1, max = 32) Integer> texts) {
    int[] lengths = lengths(texts);
    int[] sizes =
        BatchPlanner.unpadded(lengths, 512).stream()
            .mapToInt(batch -> Arrays.stream(batch).map(i -> lengths[i]).sum())
            .toArray();
    int tokens = Arrays.stream(lengths).sum();
    assertThat(sizes.length).isBetween((tokens + 511) / 512, 2 + tokens / (512 - 32));
    for (int size : sizes) {
      assertThat(size).isGreaterThanOrEqualTo(Math.min(tokens, 512 / 2 - 32));
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
    assertThat(computedTokens(sorted, BatchPlanner.padded(sorted, 512))).isLessThanOrEqualTo(full);
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
    List<int[]> plan = BatchPlanner.padded(lengths, EncoderOptions.DEFAULT_TOKEN_BUDGET);
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

  @ParameterizedTest
  @EnumSource
  void overBudgetTextFormsItsOwnBatch(BatchLayout layout) {
    List<int[]> plan = layout.plan(new int[] {3, 900, 4}, 512);
    assertThat(plan).hasSize(2);
    assertThat(plan.get(0)).containsExactly(1);
    assertThat(plan.get(1)).containsExactly(2, 0);
  }

  @ParameterizedTest
  @EnumSource
  void noTextsGiveNoBatches(BatchLayout layout) {
    assertThat(layout.plan(new int[0], 512)).isEmpty();
  }

  @Test
  void textsWithoutTokensNeedNoBatchOfTheirOwn() {
    assertThat(BatchPlanner.unpadded(new int[] {0, 5, 0, 3}, 512)).hasSize(1);
    assertThat(BatchPlanner.unpadded(new int[3], 512)).hasSize(1);
  }

  @Test
  void batchesThatEndBeforeTheBudgetLeaveNoSmallOneBehind() {
    assertThat(BatchPlanner.unpadded(new int[] {7, 7, 1, 1, 1}, 10)).hasSize(2);
  }
}
