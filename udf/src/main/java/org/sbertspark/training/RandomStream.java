package org.sbertspark.training;

import java.util.SplittableRandom;

/** Random numbers that depend on a seed and on what they are for, and on nothing drawn before. */
final class RandomStream {
  private RandomStream() {}

  /**
   * The stream of a purpose; equal arguments give equal streams, others independent ones.
   *
   * @param purpose constants and counters, in order
   */
  static SplittableRandom of(long seed, long... purpose) {
    long state = seed;
    for (long part : purpose) {
      state = new SplittableRandom(state).nextLong() ^ part;
    }
    return new SplittableRandom(new SplittableRandom(state).nextLong());
  }

  /** Puts the numbers into a random order, all orders equally likely. */
  static void shuffle(int[] numbers, SplittableRandom random) {
    for (int i = numbers.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int number = numbers[i];
      numbers[i] = numbers[j];
      numbers[j] = number;
    }
  }
}
