package org.sbertspark.model;

/**
 * What the reference does to a text before its tokenizer sees it: Python's {@code str.strip()},
 * then, if the model asks for it, {@code str.lower()}. Java's own {@code strip} and {@code
 * toLowerCase} differ in a few characters, and byte-level tokenizers feel a single space.
 */
public final class TextCanonicalizer {
  private TextCanonicalizer() {}

  /**
   * The text as the tokenizer expects it. Never fails: unpaired surrogates pass through unchanged.
   * Linear in the length of the text; independent of the machine's locale.
   */
  public static String canonical(String text, boolean lowerCase) {
    String stripped = strip(text);
    return lowerCase ? lower(stripped) : stripped;
  }

  private static String strip(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && isPythonSpace(text.charAt(begin))) {
      begin++;
    }
    while (begin < end && isPythonSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }

  /** Python's {@code str.isspace} of one character; all of them lie in the basic plane. */
  static boolean isPythonSpace(char c) {
    return switch (c) {
      case '\t', '\n', 0x0B, '\f', '\r', 0x1C, 0x1D, 0x1E, 0x1F, ' ' -> true;
      case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200A;
    };
  }

  /**
   * Lower case by the Unicode rules for no language. {@link String#toLowerCase} is not used because
   * it decides the final sigma by word breaks, which differs from Python and takes quadratic time
   * on long Greek texts.
   */
  private static String lower(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    int c;
    for (int i = 0; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (c == 'İ') {
        lower.append("i̇");
      } else if (c == 'Σ') {
        lower.append(isFinalSigma(text, i) ? 'ς' : 'σ');
      } else {
        lower.appendCodePoint(Character.toLowerCase(c));
      }
    }
    return lower.toString();
  }

  /**
   * The condition {@code Final_Sigma} of the Unicode Standard (section 3.13): a cased letter before
   * it and none after it, looking past characters that are ignored for case.
   */
  private static boolean isFinalSigma(String text, int at) {
    int before = at;
    int c = -1;
    while (before > 0) {
      c = text.codePointBefore(before);
      if (!isCaseIgnorable(c)) {
        break;
      }
      before -= Character.charCount(c);
    }
    if (before == 0 || !isCased(c)) {
      return false;
    }
    for (int after = at + 1; after < text.length(); after += Character.charCount(c)) {
      c = text.codePointAt(after);
      if (!isCaseIgnorable(c)) {
        return !isCased(c);
      }
    }
    return true;
  }

  private static boolean isCased(int c) {
    return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
  }

  /** The Unicode property {@code Case_Ignorable}. */
  private static boolean isCaseIgnorable(int c) {
    switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL -> {
        return true;
      }
      default -> {
        // Word_Break is MidLetter, MidNumLet or Single_Quote.
        return "'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A"
                .indexOf(c)
            >= 0;
      }
    }
  }
}
