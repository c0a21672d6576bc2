package org.sbertspark.inference;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Planning a window's batches, and laying one out: what a forward pass waits for. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatchPlannerBenchmark {
  @Param({"256", "2048", "16384"})
  private int rows;

  private int[] lengths;
  private long[][] sequences;
  private List<int[]> batches;

  /** Lengths as in natural text: most around 20 tokens, few long ones. */
  @Setup
  public void makeTexts() {
    SplittableRandom random = new SplittableRandom(1);
    lengths = new int[rows];
    sequences = new long[rows][];
    for (int i = 0; i < rows; i++) {
      lengths[i] = (int) Math.min(128, Math.max(3, Math.exp(2.9 + 0.5 * random.nextGaussian())));
      sequences[i] = random.longs(lengths[i], 0, 50_000).toArray();
    }
    batches = BatchPlanner.unpadded(lengths, EncoderOptions.DEFAULT_TOKEN_BUDGET);
  }

  @Benchmark
  public List<int[]> plan() {
    return BatchPlanner.unpadded(lengths, EncoderOptions.DEFAULT_TOKEN_BUDGET);
  }

  @Benchmark
  public List<int[]> planPadded() {
    return BatchPlanner.padded(lengths, EncoderOptions.DEFAULT_TOKEN_BUDGET);
  }

  @Benchmark
  public TokenBatch layOut() {
    return TokenBatch.of(sequences, batches.get(batches.size() / 2));
  }
}
