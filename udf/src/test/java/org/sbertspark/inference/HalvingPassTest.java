package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalvingPassTest {
  private static final String CUDA =
      "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.77 GiB";

  private final AtomicBoolean told = new AtomicBoolean();

  /** An engine with memory for so many tokens; a text's vector is its length and its first id. */
  private static final class SmallEngine implements HalvingPass.Pass {
    private final int memory;
    private final List<Integer> attempts = new ArrayList<>();

    SmallEngine(int memory) {
      this.memory = memory;
    }

    @Override
    public float[] vectors(TokenBatch batch) {
      attempts.add(batch.ids().length);
      if (batch.ids().length > memory) {
        throw new EncodingException("The engine failed", new RuntimeException(CUDA));
      }
      float[] vectors = new float[2 * batch.rows()];
      int begin = 0;
      for (int row = 0; row < batch.rows(); row++) {
        vectors[2 * row] = batch.lengths()[row];
        vectors[2 * row + 1] = batch.ids()[begin];
        begin += batch.lengths()[row];
      }
      return vectors;
    }
  }

  private HalvingPass pass(HalvingPass.Pass engine) {
    return pass(engine, BatchLayout.UNPADDED);
  }

  private HalvingPass pass(HalvingPass.Pass engine, BatchLayout layout) {
    return new HalvingPass(engine, layout, new ComputeDevice(0), 4096, told);
  }

  /** Rows of these lengths, the ids of each its number. */
  private static TokenBatch batch(int... lengths) {
    long[][] sequences = new long[lengths.length][];
    for (int row = 0; row < lengths.length; row++) {
      sequences[row] = new long[lengths[row]];
      Arrays.fill(sequences[row], row);
    }
    return TokenBatch.of(sequences, IntStream.range(0, lengths.length).toArray());
  }

  @Property
  void vectorsComeInTheOrderOfTheBatchWhateverIsCut(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 30) Integer> lengths,
      @ForAll @IntRange(min = 30, max = 500) int memory) {
    int[] rows = lengths.stream().mapToInt(i -> i).toArray();
    SmallEngine engine = new SmallEngine(memory);
    float[] vectors = pass(engine).vectors(batch(rows));
    assertThat(vectors).hasSize(2 * rows.length);
    for (int row = 0; row < rows.length; row++) {
      assertThat(vectors[2 * row]).isEqualTo(rows[row]);
      assertThat(vectors[2 * row + 1]).isEqualTo(row);
    }
  }

  @Test
  void whatIsCutIsCounted() {
    HalvingPass pass = pass(new SmallEngine(40));
    // 50 tokens fail; 20 and 30 fit.
    pass.vectors(batch(20, 20, 5, 5));
    assertThat(pass.halvings()).isEqualTo(1);
    assertThat(pass.batches()).isEqualTo(2);
    assertThat(pass.tokens()).isEqualTo(50);
    assertThat(told).isTrue();
  }

  /** A program of others is given rows of equal length. */
  @Test
  void paddingIsCountedWhereThereIsSome() {
    HalvingPass pass = pass(new SmallEngine(40), BatchLayout.PADDED);
    pass.vectors(batch(20, 5));
    assertThat(pass.tokens()).isEqualTo(40);
    // 4 x 20 do not fit; 2 x 20 and 2 x 5 do.
    pass.vectors(batch(20, 20, 5, 5));
    assertThat(pass.halvings()).isEqualTo(1);
    assertThat(pass.tokens()).isEqualTo(40 + 40 + 10);
  }

  /** The longest texts come first: half of the rows would have most of the tokens. */
  @Property
  void halvesHaveAboutTheSameTokens(
      @ForAll @Size(min = 2, max = 40) List<@IntRange(min = 0, max = 30) Integer> lengths) {
    int[] rows = lengths.stream().mapToInt(i -> -i).sorted().map(i -> -i).toArray();
    int middle = BatchLayout.UNPADDED.middle(batch(rows));
    int first = Arrays.stream(rows, 0, middle).sum();
    int second = Arrays.stream(rows, middle, rows.length).sum();
    assertThat(middle).isBetween(1, rows.length - 1);
    assertThat(Math.abs(first - second)).isLessThanOrEqualTo(rows[0]);
  }

  @Test
  void laterBatchesAreCutBeforeTheyFail() {
    SmallEngine engine = new SmallEngine(40);
    HalvingPass pass = pass(engine);
    pass.vectors(batch(20, 20, 20, 20));
    pass.vectors(batch(20, 20, 20, 20));
    assertThat(engine.attempts).containsExactly(80, 40, 40, 40, 40);
    assertThat(pass.halvings()).isEqualTo(2);
  }

  @Test
  void whatFitsIsLeftAsItIs() {
    HalvingPass pass = pass(new SmallEngine(1000));
    pass.vectors(batch(20, 20, 5, 5));
    assertThat(pass.halvings()).isZero();
    assertThat(pass.batches()).isEqualTo(1);
    assertThat(told).isFalse();
  }

  @Test
  void aSingleTextThatDoesNotFitNamesTheSetting() {
    assertThatThrownBy(() -> pass(new SmallEngine(10)).vectors(batch(20, 5)))
        .isInstanceOf(EncodingException.class)
        .hasMessageStartingWith(
            "No memory on cuda:0 for a single text of 20 tokens: lower maxSeqLength"
                + " (--max-seq-length), or let fewer tasks share the GPU")
        .hasMessageContaining("the engine says: " + CUDA);
  }

  @Test
  void otherFailuresAreNotTriedAgain() {
    List<TokenBatch> tried = new ArrayList<>();
    HalvingPass pass =
        pass(
            batch -> {
              tried.add(batch);
              throw new EncodingException("index out of range", null);
            });
    assertThatThrownBy(() -> pass.vectors(batch(20, 5))).hasMessage("index out of range");
    assertThat(tried).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CUDA,
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory:"
            + " you tried to allocate 4096 bytes. Error code 12 (Cannot allocate memory)",
        "DefaultCPUAllocator: not enough memory: you tried to allocate 4096 bytes.",
        "std::bad_alloc",
      })
  void memoryThatCannotBeHadIsTold(String message) {
    Throwable wrapped = new IllegalStateException("wrapped", new RuntimeException(message));
    assertThat(EncodingException.isOutOfMemory(wrapped)).isTrue();
    assertThat(new EncodingException("failed", wrapped).fault())
        .isEqualTo(EncodingException.Fault.OUT_OF_MEMORY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"index out of range in self", "CUDA error: device-side assert triggered"})
  void otherMessagesAreNoLackOfMemory(String message) {
    assertThat(EncodingException.isOutOfMemory(new RuntimeException(message))).isFalse();
    assertThat(EncodingException.isOutOfMemory(new RuntimeException((String) null))).isFalse();
  }
}
