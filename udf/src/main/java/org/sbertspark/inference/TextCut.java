package org.sbertspark.inference;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where a text may be cut before it is tokenised, so that the ids of what stands before the cut are
 * the first ids of the whole: at a single space between two ASCII letters or digits.
 *
 * <p>That holds for tokenizers all of whose parts stop there. Added tokens contain no space, before
 * and after normalisation. Normalizers look at single characters, or at characters that combine,
 * and none combines across the space. Pre-tokenizers begin a new word at the space, and models see
 * one word at a time. Other tokenizers are never trusted.
 */
final class TextCut {
  private static final String CHARACTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private static final Set<String> NORMALIZERS =
      Set.of(
          "BertNormalizer",
          "Lowercase",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Nmt",
          "Precompiled",
          "Replace",
          "Strip",
          "StripAccents");

  /** The one expression in use: what stands alone is none of its matches. */
  private static final String SEVERAL_SPACES = " {2,}";

  private static final Set<String> WORD_SPLITTERS =
      Set.of("BertPreTokenizer", "ByteLevel", "Metaspace", "Whitespace", "WhitespaceSplit");

  private static final Set<String> CHARACTER_SPLITTERS = Set.of("Digits", "Punctuation");

  private TextCut() {}

  /** Whether texts may be cut before this tokenizer sees them. */
  static boolean isSafe(JsonNode tokenizer) throws IOException {
    List<String> addedTokens = new ArrayList<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      String content = token.path("content").asText();
      if (!content.chars().allMatch(c -> c > ' ' && c <= '~')) {
        return false;
      }
      addedTokens.add(content);
    }
    List<JsonNode> normalizers = components(tokenizer.path("normalizer"), "normalizers");
    List<JsonNode> splitters = components(tokenizer.path("pre_tokenizer"), "pretokenizers");
    return normalizers.stream().allMatch(TextCut::isLocal)
        && splitters.stream().allMatch(s -> splitsWords(s) || is(s, CHARACTER_SPLITTERS))
        && splitters.stream().anyMatch(TextCut::splitsWords)
        && (normalizers.isEmpty() || keeps(addedTokens, tokenizer.path("normalizer")));
  }

  private static List<JsonNode> components(JsonNode section, String sequence) {
    List<JsonNode> components = new ArrayList<>();
    if (section.path("type").asText().equals("Sequence")) {
      section.path(sequence).forEach(child -> components.addAll(components(child, sequence)));
    } else if (section.isObject()) {
      components.add(section);
    }
    return components;
  }

  private static boolean is(JsonNode component, Set<String> types) {
    return types.contains(component.path("type").asText());
  }

  private static boolean isLocal(JsonNode normalizer) {
    JsonNode pattern = normalizer.path("pattern");
    return is(normalizer, NORMALIZERS)
        && (pattern.isMissingNode()
            || pattern.path("Regex").asText().equals(SEVERAL_SPACES)
            || (pattern.path("String").asText(" ").chars().noneMatch(TextCut::isSpaceOrCharacter)
                && normalizer.path("content").asText().chars().noneMatch(c -> c == ' ')));
  }

  private static boolean splitsWords(JsonNode splitter) {
    return is(splitter, WORD_SPLITTERS)
        && splitter.path("use_regex").asBoolean(true)
        && splitter.path("split").asBoolean(true);
  }

  /**
   * Whether a normalizer leaves these tokens, and spaces and ASCII's letters and digits, as they
   * are, but for their case: compiled rules could do anything.
   */
  private static boolean keeps(List<String> addedTokens, JsonNode normalizer) throws IOException {
    List<String> texts = new ArrayList<>(addedTokens);
    for (int i = 0; i < CHARACTERS.length(); i++) {
      texts.add(CHARACTERS.charAt(i) + " " + CHARACTERS.charAt(i));
    }
    List<String> expected = new ArrayList<>(texts);
    texts.forEach(text -> expected.add(text.toLowerCase(Locale.ROOT)));
    try (HuggingFaceTokenizer library = NormalizerProbe.open(normalizer, expected)) {
      long[] kept = {NormalizerProbe.KNOWN};
      return texts.stream()
          .allMatch(text -> Arrays.equals(library.encode(text, false, false).getIds(), kept));
    }
  }

  /** The last place to cut at that is not beyond {@code limit}; 0 if there is none. */
  static int before(String text, int limit) {
    for (int at = Math.min(limit, text.length() - 2); at > 0; at--) {
      if (text.charAt(at) == ' '
          && isCharacter(text.charAt(at - 1))
          && isCharacter(text.charAt(at + 1))) {
        return at;
      }
    }
    return 0;
  }

  private static boolean isCharacter(int c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }

  private static boolean isSpaceOrCharacter(int c) {
    return c == ' ' || isCharacter(c);
  }
}
