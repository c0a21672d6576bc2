package org.sbertspark.training;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.sbertspark.model.TextCanonicalizer;
import org.sbertspark.training.SamplerState.Place;

/**
 * Batches without end, as the MultiDatasetDataLoader of sentence-transformers' training scripts
 * makes them: each from one data set, chosen by weight, and no text twice in a batch, as it would
 * be its own negative. A data set is shuffled at the start and whenever it runs out; an example
 * that does not fit into a batch is passed over until then.
 *
 * <p>What comes next depends on the seed and on a few counters alone: see {@link #state}. Not
 * thread-safe. Needs 4 bytes of memory for each example.
 */
public final class ExampleSampler {
  private static final long SHUFFLED_SETS = 1;
  private static final long SHUFFLED_EXAMPLES = 2;
  private static final long SWAPS = 3;

  private final List<Source> sources = new ArrayList<>();

  /** A batch's turn costs as much. */
  private static final int MAX_WEIGHTS = 100_000;

  /** Set i stands here weight i times, after all weights were divided by what they share. */
  private final int[] setsByWeight;

  private final int batchSize;
  private final boolean swap;
  private final long seed;
  private long batches;

  /**
   * A sampler that stands at the start.
   *
   * @param sets are read, and stay the caller's to close
   * @param weights as many as sets, each at least 1; what counts is their ratio
   * @param batchSize examples of a batch, at least 2
   * @param swap whether the two texts of an example without negatives change places with
   *     probability one half
   * @throws IllegalArgumentException if a set has fewer than two examples, or a number is not as
   *     above
   */
  public ExampleSampler(
      List<ExampleFile> sets, List<Integer> weights, int batchSize, boolean swap, long seed) {
    if (sets.isEmpty() || sets.size() != weights.size()) {
      throw new IllegalArgumentException(
          "There are %d data sets with %d weights, expected at least one, and a weight for each"
              .formatted(sets.size(), weights.size()));
    }
    if (batchSize < 2) {
      throw new IllegalArgumentException(
          "The batch size is %d, expected at least 2: the other examples are the negatives"
              .formatted(batchSize));
    }
    this.batchSize = batchSize;
    this.swap = swap;
    this.seed = seed;
    for (int i = 0; i < sets.size(); i++) {
      sources.add(new Source(sets.get(i), i));
    }
    this.setsByWeight = setsByWeight(sets, weights);
  }

  private static int[] setsByWeight(List<ExampleFile> sets, List<Integer> weights) {
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i) < 1) {
        throw new IllegalArgumentException(
            "The weight of data set %s is %d, expected at least 1"
                .formatted(sets.get(i).name(), weights.get(i)));
      }
    }
    int divisor =
        weights.stream()
            .map(weight -> BigInteger.valueOf(weight))
            .reduce(BigInteger::gcd)
            .orElseThrow()
            .intValue();
    long sum = weights.stream().mapToLong(weight -> weight / divisor).sum();
    if (sum > MAX_WEIGHTS) {
      throw new IllegalArgumentException(
          "The weights of the data sets, %s, are %d in all, expected at most %d: round them to smaller ones of about the same ratio"
              .formatted(weights, sum, MAX_WEIGHTS));
    }
    return IntStream.range(0, weights.size())
        .flatMap(i -> IntStream.range(0, weights.get(i) / divisor).map(copy -> i))
        .toArray();
  }

  /**
   * The next batch: examples of one data set that have no text in common, white space around them
   * and case aside. Smaller than the batch size only where the whole set has none to add.
   *
   * @throws IllegalArgumentException if the set has no two examples without a common text
   */
  public List<Example> next() {
    Source source = sources.get(nextSet());
    SplittableRandom random = RandomStream.of(seed, SWAPS, batches);
    List<Example> batch = new ArrayList<>(batchSize);
    for (Example example : source.distinct(batchSize)) {
      batch.add(swap && random.nextBoolean() ? swapped(example) : example);
    }
    batches++;
    return batch;
  }

  private int nextSet() {
    int[] order = setsByWeight.clone();
    RandomStream.shuffle(order, RandomStream.of(seed, SHUFFLED_SETS, batches / order.length));
    return order[(int) (batches % order.length)];
  }

  private static Example swapped(Example example) {
    List<String> texts = example.texts();
    return texts.size() == 2 ? new Example(List.of(texts.get(1), texts.get(0))) : example;
  }

  /** Batches that it takes to see about as many examples as there are, rounded up. */
  public long batchesPerPass() {
    long examples = sources.stream().mapToLong(source -> source.examples.size()).sum();
    return (examples + batchSize - 1) / batchSize;
  }

  /** Where the sampler stands: another one over equal data, so restored, goes on as this one. */
  public SamplerState state() {
    return new SamplerState(batches, sources.stream().map(Source::place).toList());
  }

  /**
   * Goes to where a sampler stood.
   *
   * @throws IllegalArgumentException if that one had other data sets
   */
  public void restore(SamplerState state) {
    if (state.batches() < 0 || state.places().size() != sources.size()) {
      throw new IllegalArgumentException(
          "Cannot go on after batch %d of %d data sets: there are %d; give those of the checkpoint"
              .formatted(state.batches(), state.places().size(), sources.size()));
    }
    for (int i = 0; i < sources.size(); i++) {
      sources.get(i).goTo(state.places().get(i));
    }
    batches = state.batches();
  }

  /** One data set in the random order of its present pass. */
  private final class Source {
    private final ExampleFile examples;
    private final int number;
    private final int[] order;
    private long pass;
    private int position;

    Source(ExampleFile examples, int number) {
      if (examples.size() < 2) {
        throw new IllegalArgumentException(
            "Cannot train on data set %s: it has %d examples, expected at least 2"
                .formatted(examples.name(), examples.size()));
      }
      this.examples = examples;
      this.number = number;
      this.order = new int[examples.size()];
      shuffle();
    }

    private void shuffle() {
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      RandomStream.shuffle(order, RandomStream.of(seed, SHUFFLED_EXAMPLES, number, pass));
    }

    Place place() {
      return new Place(pass, position);
    }

    void goTo(Place place) {
      if (place.pass() < 0 || place.position() < 0 || place.position() > order.length) {
        throw new IllegalArgumentException(
            "Cannot go on at example %d of pass %d of data set %s: it has %d; give that of the checkpoint"
                .formatted(place.position(), place.pass(), examples.name(), order.length));
      }
      pass = place.pass();
      position = place.position();
      shuffle();
    }

    /**
     * Up to so many examples without a common text. What does not fit into a batch will not later
     * either, so after a pass from end to end the batch is as large as it gets.
     */
    List<Example> distinct(int count) {
      List<Example> batch = new ArrayList<>(count);
      Set<String> texts = new HashSet<>();
      boolean wholePass = false;
      while (batch.size() < count) {
        if (position == order.length) {
          if (wholePass) {
            requireTwo(batch);
            return batch;
          }
          pass++;
          position = 0;
          shuffle();
        }
        wholePass |= position == 0;
        Example example = examples.get(order[position++]);
        if (addIfNew(texts, example)) {
          batch.add(example);
        }
      }
      return batch;
    }

    private void requireTwo(List<Example> batch) {
      if (batch.size() < 2) {
        throw new IllegalArgumentException(
            ("Cannot make a batch of data set %s: %s, expected two examples without a common text;"
                    + " leave repeated texts out, or add others")
                .formatted(
                    examples.name(),
                    batch.isEmpty()
                        ? "each of its %d examples has a text twice".formatted(order.length)
                        : "one of its %d examples shares a text with every other"
                            .formatted(order.length)));
      }
    }
  }

  /** Adds all texts of the example or, where one is there already or twice in itself, none. */
  private static boolean addIfNew(Set<String> texts, Example example) {
    List<String> own =
        example.texts().stream().map(text -> TextCanonicalizer.canonical(text, true)).toList();
    if (Set.copyOf(own).size() < own.size() || own.stream().anyMatch(texts::contains)) {
      return false;
    }
    texts.addAll(own);
    return true;
  }
}
