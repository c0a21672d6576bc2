package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExampleSamplerTest {
  private static final long SEED = 42;

  private static ExampleSampler sampler(ExampleFile file, int batchSize) {
    return new ExampleSampler(List.of(file), List.of(1), batchSize, true, SEED);
  }

  private static List<List<Example>> batches(ExampleSampler sampler, int count) {
    return Stream.generate(sampler::next).limit(count).toList();
  }

  /** Few words, so that examples often share one; two examples at least share none. */
  @Provide
  Arbitrary<List<List<String>>> crowdedPairs() {
    Arbitrary<String> text = Arbitraries.of("a", "A", " b", "b", "c", "d ", "e", "f", "g", "h");
    return text.list()
        .ofSize(2)
        .list()
        .ofMaxSize(30)
        .map(
            pairs -> {
              List<List<String>> all = new ArrayList<>(pairs);
              IntStream.range(0, 8).forEach(i -> all.add(List.of("x" + i, "y" + i)));
              return all;
            });
  }

  @Property(tries = 200)
  void noTextIsTwiceInABatchAndEveryExampleIsOfTheData(
      @ForAll("crowdedPairs") List<List<String>> pairs,
      @ForAll @IntRange(min = 2, max = 12) int batchSize,
      @ForAll long seed)
      throws IOException {
    Set<Set<String>> known = new HashSet<>();
    pairs.forEach(pair -> known.add(new HashSet<>(pair)));
    try (ExampleFile file = ExampleFiles.of(pairs)) {
      var sampler = new ExampleSampler(List.of(file), List.of(1), batchSize, true, seed);
      for (List<Example> batch : batches(sampler, 20)) {
        assertThat(batch).hasSizeBetween(Math.min(batchSize, 8), batchSize);
        assertThat(
                batch.stream()
                    .flatMap(example -> example.texts().stream())
                    .map(text -> text.strip().toLowerCase(Locale.ROOT)))
            .doesNotHaveDuplicates();
        assertThat(batch).allMatch(example -> known.contains(new HashSet<>(example.texts())));
      }
    }
  }

  @Property(tries = 100)
  void restoredSamplerGoesOnExactly(
      @ForAll("crowdedPairs") List<List<String>> pairs,
      @ForAll @IntRange(max = 30) int before,
      @ForAll long seed)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    try (ExampleFile one = ExampleFiles.of(pairs);
        ExampleFile two = ExampleFiles.pairs(5)) {
      List<ExampleFile> sets = List.of(one, two);
      var sampler = new ExampleSampler(sets, List.of(1, 3), 3, true, seed);
      batches(sampler, before);
      SamplerState state =
          json.readValue(json.writeValueAsString(sampler.state()), SamplerState.class);
      assertThat(state).isEqualTo(sampler.state());

      var restored = new ExampleSampler(sets, List.of(1, 3), 3, true, seed);
      restored.restore(state);
      assertThat(batches(restored, 30)).isEqualTo(batches(sampler, 30));
      assertThat(restored.state()).isEqualTo(sampler.state());
    }
  }

  @Test
  void aPassReadsEveryExampleOnceAndTheNextOneInAnotherOrder() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(20)) {
      ExampleSampler sampler = sampler(file, 5);
      List<Set<String>> passes = new ArrayList<>();
      List<List<Example>> orders = new ArrayList<>();
      for (int pass = 0; pass < 2; pass++) {
        List<Example> read = batches(sampler, 4).stream().flatMap(List::stream).toList();
        orders.add(read);
        passes.add(texts(read));
      }
      assertThat(passes).allMatch(pass -> pass.size() == 40);
      assertThat(orders.get(0)).isNotEqualTo(orders.get(1));
      assertThat(sampler.state())
          .isEqualTo(new SamplerState(8, List.of(new SamplerState.Place(1, 20))));
    }
  }

  private static Set<String> texts(List<Example> examples) {
    Set<String> texts = new HashSet<>();
    examples.forEach(example -> texts.addAll(example.texts()));
    return texts;
  }

  @Test
  void dataSetsComeByWeightAndNeverInOneBatch() throws IOException {
    try (ExampleFile pairs = ExampleFiles.pairs(10);
        ExampleFile triplets =
            ExampleFiles.of(List.of(List.of("k", "l", "m"), List.of("n", "o", "p")))) {
      var sampler = new ExampleSampler(List.of(pairs, triplets), List.of(3, 1), 2, true, SEED);
      List<Integer> chosen = new ArrayList<>();
      for (List<Example> batch : batches(sampler, 400)) {
        assertThat(batch.stream().map(example -> example.texts().size()).distinct()).hasSize(1);
        chosen.add(batch.get(0).texts().size());
      }
      for (int round = 0; round < 400; round += 4) {
        assertThat(chosen.subList(round, round + 4)).containsExactlyInAnyOrder(2, 2, 2, 3);
      }
      assertThat(
              Set.copyOf(
                  IntStream.range(0, 400)
                      .filter(i -> chosen.get(i) == 3)
                      .mapToObj(i -> i % 4)
                      .toList()))
          .hasSize(4);
    }
  }

  @Test
  void aboutHalfOfThePairsChangePlacesAndTripletsNever() throws IOException {
    try (ExampleFile pairs = ExampleFiles.pairs(1000);
        ExampleFile triplets =
            ExampleFiles.of(List.of(List.of("k", "l", "m"), List.of("n", "o", "p")))) {
      assertThat(swapped(sampler(pairs, 1000))).isBetween(400L, 600L);
      assertThat(swapped(new ExampleSampler(List.of(pairs), List.of(1), 1000, false, SEED)))
          .isZero();
      assertThat(batches(sampler(triplets, 2), 50).stream().flatMap(List::stream))
          .allMatch(example -> Set.of("k", "n").contains(example.texts().get(0)));
    }
  }

  private static long swapped(ExampleSampler sampler) {
    return sampler.next().stream()
        .filter(example -> example.texts().get(0).startsWith("b"))
        .count();
  }

  @Test
  void anotherSeedGivesOtherBatches() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(50)) {
      var other = new ExampleSampler(List.of(file), List.of(1), 5, true, SEED + 1);
      assertThat(batches(other, 5)).isNotEqualTo(batches(sampler(file, 5), 5));
    }
  }

  @Test
  void batchLargerThanTheDataHasAllOfIt() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(3)) {
      ExampleSampler sampler = sampler(file, 64);
      assertThat(sampler.batchesPerPass()).isEqualTo(1);
      for (List<Example> batch : batches(sampler, 10)) {
        assertThat(texts(batch)).hasSize(6);
      }
    }
  }

  @Test
  void batchesOfAPassAreRoundedUpOverAllSets() throws IOException {
    try (ExampleFile one = ExampleFiles.pairs(7);
        ExampleFile two = ExampleFiles.pairs(4)) {
      assertThat(
              new ExampleSampler(List.of(one, two), List.of(1, 5), 5, true, SEED).batchesPerPass())
          .isEqualTo(3);
    }
  }

  @Test
  void dataThatHasNoTwoExamplesToCompareIsRefused() throws IOException {
    try (ExampleFile none = ExampleFiles.of(List.of());
        ExampleFile one = ExampleFiles.pairs(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(none, 2))
          .withMessage("Cannot train on data set pairs: it has 0 examples, expected at least 2");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(one, 2))
          .withMessage("Cannot train on data set pairs: it has 1 examples, expected at least 2");
    }
  }

  @Test
  void identicalPairsOnlyAreRefused() throws IOException {
    try (ExampleFile file =
        ExampleFiles.of(List.of(List.of("a", "b"), List.of("a", "b"), List.of("B ", "A")))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(file, 2).next())
          .withMessage(
              "Cannot make a batch of data set pairs: one of its 3 examples shares a text with every"
                  + " other, expected two examples without a common text; leave repeated texts out,"
                  + " or add others");
    }
  }

  @Test
  void pairsOfEqualTextsOnlyAreRefused() throws IOException {
    try (ExampleFile file = ExampleFiles.of(List.of(List.of("a", "A"), List.of("b", " b")))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(file, 2).next())
          .withMessageStartingWith(
              "Cannot make a batch of data set pairs: each of its 2 examples has a text twice");
    }
  }

  @Test
  void impossibleNumbersAreRefused() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(5)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(file, 1))
          .withMessage(
              "The batch size is 1, expected at least 2: the other examples are the negatives");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ExampleSampler(List.of(file), List.of(0), 2, true, SEED))
          .withMessage("The weight of data set pairs is 0, expected at least 1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ExampleSampler(List.of(), List.of(), 2, true, SEED))
          .withMessage(
              "There are 0 data sets with 0 weights, expected at least one, and a weight for each");
    }
  }

  @Test
  void stateOfOtherDataIsRefused() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(5)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sampler(file, 2).restore(new SamplerState(3, List.of())))
          .withMessage(
              "Cannot go on after batch 3 of 0 data sets: there are 1; give those of the checkpoint");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  sampler(file, 2)
                      .restore(new SamplerState(3, List.of(new SamplerState.Place(1, 6)))))
          .withMessage(
              "Cannot go on at example 6 of pass 1 of data set pairs: it has 5; give that of the"
                  + " checkpoint");
    }
  }

  @Test
  void onlyTheRatioOfWeightsCounts() throws IOException {
    try (ExampleFile one = ExampleFiles.pairs(20);
        ExampleFile other = ExampleFiles.pairs(30)) {
      List<ExampleFile> sets = List.of(one, other);
      var huge = new ExampleSampler(sets, List.of(999_999_999, 333_333_333), 4, true, SEED);
      var small = new ExampleSampler(sets, List.of(3, 1), 4, true, SEED);
      assertThat(batches(huge, 20)).isEqualTo(batches(small, 20));
    }
  }

  @Test
  void weightsThatNoMemoryHoldsAreRefused() throws IOException {
    try (ExampleFile one = ExampleFiles.pairs(20);
        ExampleFile other = ExampleFiles.pairs(30)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> new ExampleSampler(List.of(one, other), List.of(999_999_999, 1), 4, true, SEED))
          .withMessage(
              "The weights of the data sets, [999999999, 1], are 1000000000 in all, expected at most"
                  + " 100000: round them to smaller ones of about the same ratio");
    }
  }
}
