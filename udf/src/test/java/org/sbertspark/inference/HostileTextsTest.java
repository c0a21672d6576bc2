package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

/**
 * Texts that nobody would write, through whole models: every one gets a vector, and no other text's
 * vector feels it.
 */
class HostileTextsTest {
  private static final String NEIGHBOUR = "a neighbour";

  /** A model of each kind of tokenizer. */
  enum Model {
    BYTE_LEVEL_BPE(Golden.ROBERTA),
    WORD_PIECE("bert-cls-lowercase-bin"),
    UNIGRAM("xlmr-mean-unigram"),
    SENTENCE_PIECE("albert-mean-spiece");

    private final String folder;

    Model(String folder) {
      this.folder = folder;
    }

    SentenceEncoder encoder() {
      ModelBundle bundle = ModelBundle.of(Golden.read(folder).folder());
      return SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT);
    }
  }

  @BeforeContainer
  static void useTheTestsCache() {
    TestCache.use();
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void everyTextHasItsOwnVectorWhateverStandsBesideIt(
      @ForAll Model model, @ForAll("hostile") @Size(min = 1, max = 4) List<String> texts) {
    try (SentenceEncoder encoder = model.encoder()) {
      assertVectorsOfTheirOwn(encoder, texts);
    }
  }

  @Example
  void tenMegabytesAreATextLikeAnyOther() {
    try (SentenceEncoder encoder = Model.WORD_PIECE.encoder()) {
      float[] alone = encoder.encode(List.of(NEIGHBOUR)).vectors()[0];
      for (String text :
          List.of(
              "some words ".repeat(1_000_000), "a".repeat(10_000_000), " ".repeat(10_000_000))) {
        EncodedTexts both = encoder.encode(List.of(text, NEIGHBOUR));
        assertThat(both.vectors()[0]).hasSize(encoder.dimension());
        assertThat(Golden.difference(alone, both.vectors()[1])).isLessThan(1e-6);
      }
    }
  }

  @Example
  void hugeTextsLeaveTheirNeighboursAloneInEveryModel() {
    List<String> texts =
        List.of(
            NEIGHBOUR,
            "some words ".repeat(1_000_000),
            "a".repeat(1_000_000),
            "\u200f".repeat(1_000));
    for (String name : Golden.names()) {
      ModelBundle bundle = ModelBundle.of(Golden.read(name).folder());
      try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
        float[] alone = encoder.encode(List.of(NEIGHBOUR)).vectors()[0];
        EncodedTexts together = encoder.encode(texts);
        assertThat(together.vectors()).as(name).hasNumberOfRows(texts.size());
        assertThat(together.truncated()[1]).as(name).isTrue();
        assertThat(Golden.difference(alone, together.vectors()[0])).as(name).isLessThan(1e-6);
      }
    }
  }

  private static void assertVectorsOfTheirOwn(SentenceEncoder encoder, List<String> texts) {
    List<String> all = new ArrayList<>(texts);
    all.add(NEIGHBOUR);
    EncodedTexts together = encoder.encode(all);
    assertThat(together.vectors()).hasNumberOfRows(all.size());
    for (int i = 0; i < all.size(); i++) {
      float[] vector = together.vectors()[i];
      for (float component : vector) {
        assertThat(Float.isFinite(component)).as("component of text %d", i).isTrue();
      }
      float[] alone = encoder.encode(all.subList(i, i + 1)).vectors()[0];
      assertThat(Golden.difference(alone, vector)).as("text %d", i).isLessThan(1e-6);
    }
  }

  @Provide
  Arbitrary<List<String>> hostile() {
    Arbitrary<String> anyPlane =
        Arbitraries.integers()
            .between(0, Character.MAX_CODE_POINT)
            .list()
            .ofMaxSize(60)
            .map(HostileTextsTest::ofCodePoints);
    Arbitrary<String> surrogates =
        Arbitraries.strings().withCharRange('\ud800', '\udfff').withChars("a ").ofMaxLength(30);
    Arbitrary<String> controls =
        Arbitraries.strings()
            .withCharRange('\u0000', '\u001f')
            .withCharRange('\u007f', '\u00a0')
            .withCharRange('\u200b', '\u200f')
            .withCharRange('\u202a', '\u202e')
            .withChars("\ufeff\ufffd\uffff\u0301a")
            .ofMaxLength(40);
    Arbitrary<String> repeats =
        Arbitraries.of("a", " ", "\u0301", "\ud83d\ude00", "\ud800", "<s>", ".", "\u4e2d")
            .flatMap(
                unit -> Arbitraries.integers().between(1, 2_000).map(times -> unit.repeat(times)));
    Arbitrary<String> looksLikeSyntax =
        Arbitraries.of(
                "<s>",
                "</s>",
                "<pad>",
                "<mask>",
                "<unk>",
                "[CLS]",
                "[SEP]",
                "[PAD]",
                "[MASK]",
                "[UNK]",
                "##",
                "\u2581",
                "\u0120",
                "'; DROP TABLE texts; --",
                "<script>",
                "&amp;",
                "%s",
                "${x}",
                "{0}",
                "\\u0000",
                "\"",
                " ",
                "word")
            .list()
            .ofMaxSize(20)
            .map(parts -> String.join("", parts));
    return Arbitraries.oneOf(anyPlane, surrogates, controls, repeats, looksLikeSyntax).list();
  }

  private static String ofCodePoints(List<Integer> codePoints) {
    StringBuilder text = new StringBuilder();
    codePoints.forEach(text::appendCodePoint);
    return text.toString();
  }
}
