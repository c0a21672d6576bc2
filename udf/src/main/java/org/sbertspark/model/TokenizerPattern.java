package org.sbertspark.model;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Regular expressions of a tokenizer. The tokenizers library aborts the process when one takes too
 * many steps, which a text could bring about with two quantifiers that compete for it.
 */
final class TokenizerPattern {
  /** How GPT-2, Llama 3 and Qwen 2 split; no two of their quantifiers compete. */
  private static final Set<String> USUAL =
      Set.of(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
              + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
              + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

  /** Letters and classes of them. */
  private static final String ATOM =
      "(?:\\\\[sSdDwWnrt]|\\\\[pP]\\{\\w{1,30}}|\\\\[^\\p{Alnum}]"
          + "|\\[\\^?(?:\\\\[sSdDwWnrt]|\\\\[pP]\\{\\w{1,30}}|\\\\[^\\p{Alnum}]|[^\\\\\\[\\]&])++]"
          + "|[^\\\\\\[\\](){}*+?|])";

  private static final String QUANTIFIER = "(?:[*+?]|\\{\\d{1,3}(?:,\\d{0,3})?})";

  private static final Pattern SIMPLE =
      Pattern.compile("%1$s*+(?:%2$s%1$s*+)?+".formatted(ATOM, QUANTIFIER));

  private static final int MAX_CHARS = 1000;

  private TokenizerPattern() {}

  /** Whether no text can make it take more steps than a small multiple of the text's length. */
  static boolean isHarmless(String regex) {
    return USUAL.contains(regex)
        || (!regex.isEmpty() && regex.length() <= MAX_CHARS && SIMPLE.matcher(regex).matches());
  }
}
