package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

/** Ids and vectors of the golden folders equal those of the reference implementation. */
@ExtendWith(TestCache.class)
class ParityTest {
  private static final double PARITY = 1e-5;

  private static final String ALBERT = "albert-mean-spiece";

  /**
   * "…한국어 … हिन्दी…": here ALBERT's fast tokenizer, which is what people run, differs from the slow
   * one of the golden ids. It takes off all combining marks, Hindi's vowel signs too, where the
   * slow one keeps those of combining class 0; and it does not compose Hangul again after
   * decomposing it.
   */
  private static final int MARKS = 8;

  @ParameterizedTest
  @MethodSource("org.sbertspark.Golden#names")
  void vectorsEqualTheReferenceAloneAndInMixedBatches(String name) {
    Golden golden = Golden.read(name);
    ModelBundle bundle = ModelBundle.of(golden.folder());
    assertThat(bundle.dimension()).isEqualTo(golden.vectors()[0].length);
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      EncodedTexts together = encoder.encode(golden.texts());
      for (int i = 0; i < golden.texts().size(); i++) {
        if (name.equals(ALBERT) && i == MARKS) {
          continue;
        }
        EncodedTexts alone = encoder.encode(List.of(golden.texts().get(i)));
        assertThat(alone.tokenCounts()[0])
            .as("tokens of text %d", i)
            .isEqualTo(golden.inputIds().get(i).length);
        assertThat(Golden.difference(golden.vectors()[i], alone.vectors()[0]))
            .as("text %d alone", i)
            .isLessThan(PARITY);
        assertThat(Golden.difference(golden.vectors()[i], together.vectors()[i]))
            .as("text %d among others", i)
            .isLessThan(PARITY);
      }
    }
  }

  @Test
  void vectorsEqualTheReferenceInAnyBatchAndOrder() {
    Golden golden = Golden.read(Golden.ROBERTA);
    ModelBundle bundle = ModelBundle.of(golden.folder());
    for (int budget : new int[] {1, 64, 512, 100_000}) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < golden.texts().size(); i++) {
        order.add(i);
      }
      Collections.shuffle(order, new Random(budget));
      EncoderOptions options = new EncoderOptions(0, budget, 1);
      try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), options)) {
        float[][] vectors =
            encoder.encode(order.stream().map(golden.texts()::get).toList()).vectors();
        for (int i = 0; i < vectors.length; i++) {
          assertThat(Golden.difference(golden.vectors()[order.get(i)], vectors[i]))
              .as("text %d, budget %d", order.get(i), budget)
              .isLessThan(PARITY);
        }
      }
    }
  }
}
