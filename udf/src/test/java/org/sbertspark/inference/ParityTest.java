package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;

@TestInstance(Lifecycle.PER_CLASS)
class ParityTest {
  private static final double PARITY = 1e-5;

  private final Golden golden = Golden.read(Golden.ROBERTA);
  private ModelBundle bundle;

  @BeforeAll
  void compile(@TempDir Path cache) {
    System.setProperty(CacheFolder.PROPERTY, cache.toString());
    bundle = ModelBundle.of(golden.folder());
  }

  @AfterAll
  void restore() {
    System.clearProperty(CacheFolder.PROPERTY);
  }

  @Test
  void vectorsEqualTheReferenceAlone() {
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      for (int i = 0; i < golden.texts().size(); i++) {
        EncodedTexts alone = encoder.encode(List.of(golden.texts().get(i)));
        assertThat(Golden.difference(golden.vectors()[i], alone.vectors()[0]))
            .as("text %d", i)
            .isLessThan(PARITY);
        assertThat(alone.tokenCounts()[0]).isEqualTo(golden.inputIds().get(i).length);
      }
    }
  }

  @Test
  void vectorsEqualTheReferenceInAnyBatchAndOrder() {
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
