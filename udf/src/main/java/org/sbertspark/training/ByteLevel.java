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

  private static final char[] BYTE_TO_CHAR = byteToChar();

  private ByteLevel() {}

  /** Visible Latin-1 characters stand for themselves, the other bytes for U+0100 and up. */
  private static char[] byteToChar() {
    char[] chars = new char[256];
    char next = 0x100;
    for (int b = 0; b < chars.length; b++) {
      boolean visible = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae && b <= 0xff;
      chars[b] = visible ? (char) b : next++;
    }
    return chars;
  }

  /** The character that stands for a byte (0 to 255). */
  static char character(int unsignedByte) {
    return BYTE_TO_CHAR[unsignedByte];
  }

  /** The words of a text in order, as bytes of their UTF-8; together they are the whole text. */
  static void forEachWord(String text, Consumer<String> word) {
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      word.accept(matcher.group());
    }
  }

  /** The bytes of a word as numbers from 0 to 255. */
  static int[] bytes(String word) {
    byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
    int[] bytes = new int[utf8.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = Byte.toUnsignedInt(utf8[i]);
    }
    return bytes;
  }
}
