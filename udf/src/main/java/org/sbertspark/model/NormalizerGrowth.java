package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many characters a normalizer can make of one: rules that double what the rule before them has
 * doubled turn any text into more than the memory holds.
 */
final class NormalizerGrowth {
  static final int MAX = 10_000;

  /** More than anybody prepends. */
  private static final int MAX_PREPENDED = 100;

  /** The most that Unicode makes of one character, in NFKD. */
  private static final int UNICODE = 18;

  /** What the rules looked at so far make of characters that they name. */
  private final Map<Integer, Double> named = new HashMap<>();

  /** And of any other. */
  private double other = 1;

  private NormalizerGrowth() {}

  /**
   * @param normalizers in the order in which they are applied
   */
  static boolean isBounded(List<JsonNode> normalizers) {
    NormalizerGrowth growth = new NormalizerGrowth();
    for (int i = normalizers.size() - 1; i >= 0; i--) {
      if (!growth.precededBy(normalizers.get(i)) || growth.largest() > MAX) {
        return false;
      }
    }
    return true;
  }

  private boolean precededBy(JsonNode normalizer) {
    switch (normalizer.path("type").asText()) {
      case "Replace" -> replace(normalizer);
      case "Precompiled" -> anythingFrom(PrecompiledCharsmap.MAX_REPLACEMENT_BYTES);
      case "NFC", "NFD", "NFKC", "NFKD" -> anythingFrom(UNICODE);
      // A character's bytes; lower case; spaces around a Chinese character.
      case "ByteLevel", "Lowercase", "BertNormalizer" -> anythingFrom(4);
      case "Prepend" -> {
        return normalizer.path("prepend").asText().length() <= MAX_PREPENDED;
      }
      default -> {
        // Only removes.
      }
    }
    return true;
  }

  private void replace(JsonNode replace) {
    double content = replace.path("content").asText().codePoints().mapToDouble(this::of).sum();
    JsonNode literal = replace.path("pattern").path("String");
    if (literal.isTextual()) {
      // Each match takes at least one of the pattern's characters away.
      literal
          .textValue()
          .codePoints()
          .distinct()
          .forEach(character -> named.put(character, Math.max(of(character), content)));
    } else {
      // It may match between any two.
      named.replaceAll((character, growth) -> growth + content);
      other += content;
    }
  }

  /** Of any character, some number of any others. */
  private void anythingFrom(int characters) {
    other = largest() * characters;
    named.clear();
  }

  private double of(int character) {
    return named.getOrDefault(character, other);
  }

  private double largest() {
    return named.values().stream().reduce(other, Math::max);
  }
}
