package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.sbertspark.Golden;
import org.sbertspark.testing.TestCache;

class TextCutTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, ModelBundle> BUNDLES = new TreeMap<>();
  private static final Map<String, TextTokenizer> TOKENIZERS = new TreeMap<>();

  @BeforeContainer
  static void openAllTokenizers() {
    TestCache.use();
    for (String name : Golden.names()) {
      BUNDLES.put(name, ModelBundle.of(Golden.read(name).folder()));
      TOKENIZERS.put(name, BUNDLES.get(name).tokenizer());
    }
  }

  @Example
  void theTokenizersOfAllFamiliesAllowIt() throws IOException {
    for (String name : Golden.names()) {
      assertThat(TextCut.isSafe(JSON.readTree(BUNDLES.get(name).tokenizerJson())))
          .as(name)
          .isTrue();
    }
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void idsBeforeAnyCutAreTheFirstOfTheWhole(
      @ForAll("folders") String name, @ForAll("texts") String text) {
    TextTokenizer tokenizer = TOKENIZERS.get(name);
    String canonical = tokenizer.canonical(text);
    long[] whole = tokenizer.ids(canonical);
    int closing = whole.length - tokenizer.openingTokens(text);
    for (int at = TextCut.before(canonical, canonical.length());
        at > 0;
        at = TextCut.before(canonical, at - 1)) {
      long[] before = tokenizer.ids(canonical.substring(0, at));
      int own = before.length - closing;
      assertThat(Arrays.copyOf(before, own))
          .as("cut at %d", at)
          .isEqualTo(Arrays.copyOf(whole, own));
    }
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void longTextsAreTruncatedAsIfTheyHadBeenTokenisedWhole(
      @ForAll("folders") String name, @ForAll("texts") String text) {
    TextTokenizer tokenizer = TOKENIZERS.get(name);
    String canonical = tokenizer.canonical(text.repeat(20));
    long[] whole = tokenizer.ids(canonical);
    for (int max : new int[] {4, 16}) {
      long[] ids = tokenizer.ids(canonical, max);
      assertThat(tokenizer.truncate(ids, max)).isEqualTo(tokenizer.truncate(whole, max));
      assertThat(ids.length > max).isEqualTo(whole.length > max);
    }
  }

  @Example
  void aLongTextIsNotTokenisedWhole() {
    TextTokenizer tokenizer = TOKENIZERS.get(Golden.ROBERTA);
    assertThat(tokenizer.ids("some words ".repeat(10_000), 128).length).isBetween(129, 2048);
  }

  @Example
  void theLastSingleSpaceBetweenLettersOrDigitsIsThePlace() {
    assertThat(TextCut.before("ab c9 8d", 8)).isEqualTo(5);
    assertThat(TextCut.before("ab c9 8d", 4)).isEqualTo(2);
    assertThat(TextCut.before("a b", 0)).isZero();
    for (String without :
        List.of("", "a", " a", "a ", "a  b", "a. b", "a \u00e9", "a\tb", "\u4e2d b")) {
      assertThat(TextCut.before(without, without.length())).as(without).isZero();
    }
  }

  @Example
  void othersAreNotTrusted() throws IOException {
    String words = "\"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"}";
    assertThat(isSafe("{%s}".formatted(words))).isTrue();
    assertThat(isSafe("{\"pre_tokenizer\": null}")).isFalse();
    assertThat(isSafe("{\"pre_tokenizer\": {\"type\": \"Punctuation\"}}")).isFalse();
    assertThat(isSafe("{\"pre_tokenizer\": {\"type\": \"Split\"}}")).isFalse();
    assertThat(isSafe("{\"pre_tokenizer\": {\"type\": \"ByteLevel\", \"use_regex\": false}}"))
        .isFalse();
    assertThat(isSafe("{\"pre_tokenizer\": {\"type\": \"Metaspace\", \"split\": false}}"))
        .isFalse();
    for (String token : List.of("new york", "caf\u00e9", "\u00a8")) {
      assertThat(isSafe("{\"added_tokens\": [{\"content\": \"%s\"}], %s}".formatted(token, words)))
          .as(token)
          .isFalse();
    }
    for (String pattern :
        List.of("{\"String\": \" \"}", "{\"String\": \"a\"}", "{\"Regex\": \".\"}")) {
      assertThat(isSafe(replacing(pattern) + words + "}")).as(pattern).isFalse();
    }
    String underscore = "{\"String\": \"_\"}";
    assertThat(isSafe(replacing(underscore).replace("\"x\"", "\" \"") + words + "}")).isFalse();
    String added = "\"added_tokens\": [{\"content\": \"new_york\"}], ";
    assertThat(isSafe(replacing(underscore) + added + words + "}")).isFalse();
    assertThat(isSafe(replacing("{\"String\": \"-\"}") + added + words + "}")).isTrue();
    assertThat(isSafe(replacing("{\"String\": \"``\"}") + words + "}")).isTrue();
    assertThat(isSafe(replacing("{\"Regex\": \" {2,}\"}") + words + "}")).isTrue();
  }

  private static String replacing(String pattern) {
    return "{\"normalizer\": {\"type\": \"Replace\", \"pattern\": %s, \"content\": \"x\"}, "
        .formatted(pattern);
  }

  private static boolean isSafe(String tokenizer) throws IOException {
    JsonNode parsed = JSON.readTree(tokenizer);
    return TextCut.isSafe(parsed);
  }

  @Provide
  Arbitrary<String> folders() {
    return Arbitraries.of(Golden.names());
  }

  /** Words with spaces between them, and whatever may confuse a tokenizer beside these. */
  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> words =
        Arbitraries.of("a", "words", "I'll", "x 's", "B 2", "C3", "10 000", " 7 ", "\u00e9", "ing");
    Arbitrary<String> between =
        Arbitraries.of(
            " ",
            " ",
            " ",
            "  ",
            "\n",
            "\u00a0",
            "\u3000",
            " \u0301",
            "\u0600",
            "\u0600 ",
            "\u00a8",
            "\u200b",
            "\u200f",
            "\ufeff",
            "\ud83d\ude00",
            "\u4e2d",
            "``",
            "''",
            "\u0000",
            "\u2581",
            "\u0120",
            "##",
            ".",
            "<mask>",
            " <mask> ",
            "[MASK]",
            " [MASK] ",
            "<s>",
            "</s>",
            "[CLS]",
            "[SEP]",
            "<pad>",
            "<unk>");
    Arbitrary<String> any = Arbitraries.strings().ofMaxLength(3);
    return Arbitraries.frequencyOf(Tuple.of(4, words), Tuple.of(5, between), Tuple.of(1, any))
        .list()
        .ofMinSize(1)
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }
}
