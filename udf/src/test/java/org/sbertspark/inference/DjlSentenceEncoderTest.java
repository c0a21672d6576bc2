package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class DjlSentenceEncoderTest {
  private static Golden golden;
  private static ModelBundle bundle;

  @BeforeAll
  static void compile() {
    golden = Golden.read(Golden.ROBERTA);
    bundle = ModelBundle.of(golden.folder());
  }

  private static SentenceEncoder encoder(EncoderOptions options) {
    return SharedModels.encoder(bundle.file(), options);
  }

  @Test
  void noTextsGiveNoVectors() {
    try (SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      EncodedTexts none = encoder.encode(List.of());
      assertThat(none.vectors()).isEmpty();
      assertThat(none.stats()).isEqualTo(EncodingStats.NONE);
    }
  }

  @Test
  void equalTextsAreComputedOnce() {
    try (SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      EncodedTexts once = encoder.encode(List.of("one text", "another"));
      // Outer white space is no difference: the reference strips it.
      EncodedTexts often =
          encoder.encode(List.of("one text", "another", "one text", " one text\n", "another"));
      assertThat(often.stats().duplicates()).isEqualTo(3);
      assertThat(often.stats().computedTokens()).isEqualTo(once.stats().computedTokens());
      assertThat(often.vectors()[2]).isSameAs(often.vectors()[0]);
      assertThat(often.vectors()[3]).isSameAs(often.vectors()[0]);
      assertThat(often.stats().tokens()).isGreaterThan(often.stats().usefulTokens());
    }
  }

  @Test
  void vectorsDoNotDependOnTheBatch() {
    Random random = new Random(11);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder("text " + i);
      for (int word = random.nextInt(60); word > 0; word--) {
        text.append(' ').append(Integer.toString(random.nextInt(5000), 36));
      }
      texts.add(text.toString());
    }
    try (SentenceEncoder alone = encoder(new EncoderOptions(0, 1, 1));
        SentenceEncoder together = encoder(new EncoderOptions(0, 4096, 1))) {
      float[][] expected = alone.encode(texts).vectors();
      float[][] actual = together.encode(texts).vectors();
      for (int i = 0; i < expected.length; i++) {
        assertThat(Golden.difference(expected[i], actual[i])).as("text %d", i).isLessThan(1e-6);
      }
    }
  }

  @Test
  void longTextsAreCutAndSaidToBe() {
    String words = "word ".repeat(400);
    try (SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      EncodedTexts encoded = encoder.encode(List.of(words, "short"));
      assertThat(encoded.tokenCounts()[0]).isEqualTo(bundle.maxSeqLength());
      assertThat(encoded.truncated()).containsExactly(true, false);
      assertThat(encoded.stats().truncated()).isEqualTo(1);
    }
  }

  @Test
  void shorterMaximumCutsEarlierAndKeepsTheClosingToken() {
    try (SentenceEncoder four = encoder(new EncoderOptions(4, 512, 1));
        SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      EncodedTexts cut = four.encode(List.of("a b c d e f g"));
      assertThat(cut.tokenCounts()[0]).isEqualTo(4);
      assertThat(Golden.difference(cut.vectors()[0], encoder.encode(List.of("a b")).vectors()[0]))
          .isLessThan(1e-6);
    }
  }

  @Test
  void impossibleMaximumIsRefused() {
    assertThatThrownBy(() -> encoder(new EncoderOptions(139, 512, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxSeqLength is 139, expected 3 to 138");
    assertThatThrownBy(() -> encoder(new EncoderOptions(2, 512, 1)))
        .hasMessageContaining("maxSeqLength is 2, expected 3 to 138");
  }

  @Test
  void promptStandsInFrontOfEveryText() {
    EncoderOptions prompted = new EncoderOptions(0, 512, 1, "query: ", 0, false);
    try (SentenceEncoder with = encoder(prompted);
        SentenceEncoder without = encoder(EncoderOptions.DEFAULT)) {
      assertThat(with.encode(List.of("where")).vectors()[0])
          .containsExactly(without.encode(List.of("query: where")).vectors()[0], within(1e-6f));
    }
  }

  @Test
  void truncatedVectorsAreThePrefixAndHaveLengthOneIfAskedFor() {
    try (SentenceEncoder full = encoder(EncoderOptions.DEFAULT);
        SentenceEncoder cut = encoder(new EncoderOptions(0, 512, 1, "", 64, false));
        SentenceEncoder unit = encoder(new EncoderOptions(0, 512, 1, "", 64, true))) {
      float[] expected = java.util.Arrays.copyOf(full.encode(List.of("x y")).vectors()[0], 64);
      assertThat(cut.dimension()).isEqualTo(64);
      assertThat(cut.encode(List.of("x y")).vectors()[0]).containsExactly(expected);
      double squares = 0;
      for (float component : unit.encode(List.of("x y")).vectors()[0]) {
        squares += (double) component * component;
      }
      assertThat(squares).isCloseTo(1, within(1e-6));
    }
    assertThatThrownBy(() -> encoder(new EncoderOptions(0, 512, 1, "", 769, false)))
        .hasMessageContaining("truncateDim is 769, expected at most 768");
  }

  @Test
  void closedEncoderRefusesAndIsCountedOnce() {
    int before = SharedModels.openEncoders();
    SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT);
    assertThat(SharedModels.openEncoders()).isEqualTo(before + 1);
    encoder.close();
    encoder.close();
    assertThat(SharedModels.openEncoders()).isEqualTo(before);
    assertThatThrownBy(() -> encoder.encode(List.of("x")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void interruptedThreadStopsBetweenBatches() {
    try (SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> encoder.encode(List.of("secret text")))
          .isInstanceOf(EncodingException.class)
          .hasMessageContaining("Interrupted before a batch of 1 texts")
          .hasMessageNotContaining("secret");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void hostileTextsNeitherFailNorTouchTheirNeighbours() {
    List<String> hostile =
        List.of(
            "\ud800 unpaired \udc00",
            "\u0000\u0001\u001f",
            "a".repeat(1_000_000),
            "\u202eright to left\u202c",
            "<s></s><mask><pad>",
            "\ud83d\ude00".repeat(10_000),
            "'; DROP TABLE texts; --",
            "<script>alert(1)</script>");
    try (SentenceEncoder encoder = encoder(EncoderOptions.DEFAULT)) {
      float[] expected = encoder.encode(List.of("a neighbour")).vectors()[0];
      for (String text : hostile) {
        EncodedTexts both = encoder.encode(List.of(text, "a neighbour"));
        for (float component : both.vectors()[0]) {
          assertThat(Float.isFinite(component)).isTrue();
        }
        assertThat(Golden.difference(expected, both.vectors()[1])).isLessThan(1e-6);
      }
    }
  }
}
