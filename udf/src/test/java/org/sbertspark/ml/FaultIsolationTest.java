package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncodingException;
import org.sbertspark.ml.FaultIsolation.Isolated;

class FaultIsolationTest {
  private static final String BAD = "bad";

  /** An engine that fails on every batch with a bad text. */
  private static final class BadTextEncoder extends FakeEncoder {
    @Override
    public EncodedTexts encode(List<String> texts) {
      EncodedTexts encoded = super.encode(texts);
      if (texts.contains(BAD)) {
        throw new EncodingException("The engine failed on a batch", null);
      }
      return encoded;
    }
  }

  private final BadTextEncoder encoder = new BadTextEncoder();

  @Property
  void onlyTheFailingTextsHaveNoVector(@ForAll @Size(max = 40) List<Boolean> bad) {
    List<String> texts =
        IntStream.range(0, bad.size()).mapToObj(i -> bad.get(i) ? BAD : "text " + i).toList();
    long failing = bad.stream().filter(b -> b).count();
    Isolated isolated = FaultIsolation.encode(new BadTextEncoder(), texts, failing);
    assertThat(isolated.failed()).isEqualTo(failing);
    assertThat(isolated.encoded().stats().texts()).isEqualTo(texts.size() - failing);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(isolated.faults()[i]).isEqualTo(bad.get(i) ? "engine" : null);
      assertThat(isolated.encoded().vectors()[i])
          .isEqualTo(bad.get(i) ? null : FakeEncoder.vector(texts.get(i)));
    }
  }

  @Test
  void oneMoreThanAllowedFails() {
    assertThat(FaultIsolation.encode(encoder, List.of("a", BAD, "b"), 1).failed()).isEqualTo(1);
    assertThatThrownBy(() -> FaultIsolation.encode(encoder, List.of(BAD, "a", BAD), 1))
        .isInstanceOf(EncodingException.class);
  }

  @Test
  void withoutAllowanceTheFirstFailureIsThrownAsItIs() {
    assertThatThrownBy(() -> FaultIsolation.encode(encoder, List.of("a", BAD, "b"), 0))
        .hasMessage("The engine failed on a batch");
    assertThat(encoder.calls).hasSize(1);
  }

  @Test
  void goodTextsAreEncodedInOneCall() {
    FaultIsolation.encode(encoder, List.of("a", "b", "c"), 9);
    assertThat(encoder.calls).hasSize(1);
  }

  @Test
  void anInterruptedThreadIsNoFailureOfItsTexts() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> FaultIsolation.encode(encoder, List.of("a", BAD), 9))
          .isInstanceOf(EncodingException.class);
      assertThat(encoder.calls).hasSize(1);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void memoryThatCannotBeHadIsAFaultOfItsOwn() {
    Throwable refused =
        new RuntimeException(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried");
    assertThat(new EncodingException("failed", refused).fault().code()).isEqualTo("out_of_memory");
    assertThat(new EncodingException("failed", null).fault().code()).isEqualTo("engine");
  }
}
