package org.sbertspark.training;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * GPT-2's view of a text: words that keep their leading space, and each byte of their UTF-8 written
 * as one visible character.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">the source of both</a>
 */
final class ByteLevel {

  /** White space is Unicode's, as in the reference's tokenizers, not only ASCII's. */
  private static final Pattern WORD =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /** The characters by symbol: first those that stand for themselves, both parts ascending. */
  private static final char[] CHARACTERS = new char[256];

  /** The symbol of each byte. */
  private static final int[] SYMBOLS = new int[256];

  static {
    int symbol = 0;
    for (int b = 0; b < 256; b++) {
      if (isVisible(b)) {
        SYMBOLS[b] = symbol;
        CHARACTERS[symbol++] = (char) b;
      }
    }
    char substitute = 0x100;
    for (int b = 0; b < 256; b++) {
      if (!isVisible(b)) {
        SYMBOLS[b] = symbol;
        CHARACTERS[symbol++] = substitute++;
      }
    }
  }

  private ByteLevel() {}

  /** Whether the byte's Latin-1 character is seen on paper, so that it can stand for itself. */
  private static boolean isVisible(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  }

  /** The character of a symbol from 0 to 255. */
  static char character(int symbol) {
    return CHARACTERS[symbol];
  }

  /** The words of a text in order; together they are the whole text. */
  static void forEachWord(String text, Consumer<String> word) {
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      word.accept(matcher.group());
    }
  }

  /** The bytes of a word, as symbols from 0 to 255. */
  static int[] symbols(String word) {
    byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[utf8.length];
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = SYMBOLS[Byte.toUnsignedInt(utf8[i])];
    }
    return symbols;
  }
}
