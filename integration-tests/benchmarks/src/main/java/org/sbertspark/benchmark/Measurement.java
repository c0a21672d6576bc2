package org.sbertspark.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.sbertspark.inference.EncodingStats;

/** All repetitions of one contender. */
final class Measurement {
  static final String HEADER =
      """
      | what | seconds: median (min-max) | sentences/s | tokens/s | useful GFLOP/s | share of sgemm: median (min-max) | padding | duplicates |
      |---|---|---|---|---|---|---|---|
      """;

  private final String name;
  private final List<Repetition> repetitions = new ArrayList<>();

  /**
   * One repetition.
   *
   * @param flop the matrix products of real tokens alone
   * @param yardstick GFLOP/s of the machine right before and after
   */
  private record Repetition(double seconds, double flop, double yardstick, EncodingStats stats) {
    double gigaflops() {
      return flop / seconds / 1e9;
    }

    double share() {
      return gigaflops() / yardstick;
    }
  }

  Measurement(String name) {
    this.name = name;
  }

  void add(double seconds, double flop, double yardstick, EncodingStats stats) {
    repetitions.add(new Repetition(seconds, flop, yardstick, stats));
  }

  String name() {
    return name;
  }

  double medianSeconds() {
    return median(Repetition::seconds);
  }

  double medianShare() {
    return median(Repetition::share);
  }

  String row() {
    EncodingStats stats = repetitions.get(0).stats;
    double seconds = medianSeconds();
    return String.format(
        Locale.ROOT,
        "| %s | %.1f (%.1f-%.1f) | %.1f | %.0f | %.0f | %.0f%% (%.0f-%.0f) | %.1f%% | %d |%n",
        name,
        seconds,
        sorted(Repetition::seconds)[0],
        last(sorted(Repetition::seconds)),
        stats.texts() / seconds,
        stats.tokens() / seconds,
        median(Repetition::gigaflops),
        100 * medianShare(),
        100 * sorted(Repetition::share)[0],
        100 * last(sorted(Repetition::share)),
        100 * stats.paddingShare(),
        stats.duplicates());
  }

  private double median(ToDoubleFunction<Repetition> value) {
    return median(sorted(value));
  }

  private double[] sorted(ToDoubleFunction<Repetition> value) {
    return repetitions.stream().mapToDouble(value).sorted().toArray();
  }

  private static double last(double[] values) {
    return values[values.length - 1];
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
