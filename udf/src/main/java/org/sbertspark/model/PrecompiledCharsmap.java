package org.sbertspark.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's compiled normalisation rules: the length of a trie in bytes, the trie as a double
 * array of 32-bit units, then the replacements as UTF-8 texts that end in NUL. The trie's values
 * are positions in the replacements.
 *
 * <p>The tokenizers library does not check them: a damaged trie makes it abort the whole process,
 * at loading or at some later text. So everything that a text can reach is checked here.
 *
 * @see <a href="https://github.com/s-yata/darts-clone">the double array</a>
 */
final class PrecompiledCharsmap {
  /** The largest of SentencePiece's own rule sets have 0.3 MB. */
  private static final int MAX_BYTES = 4 << 20;

  /** The longest in use has 33: a ligature of a whole Arabic sentence. */
  static final int MAX_REPLACEMENT_BYTES = 64;

  private static final int LABEL_BITS = 0x8000_00ff;
  private static final int HAS_VALUE = 1 << 8;
  private static final int VALUE_BITS = 0x7fff_ffff;

  private final IntBuffer trie;
  private final ByteBuffer replacements;

  private PrecompiledCharsmap(IntBuffer trie, ByteBuffer replacements) {
    this.trie = trie;
    this.replacements = replacements;
  }

  /**
   * Refuses rules that would take the tokenizers library out of bounds.
   *
   * @param where the file, for messages
   */
  static void check(byte[] charsmap, String where) {
    if (!isSafe(charsmap)) {
      throw new ModelException(
          "Cannot read %s: its normalisation rules (precompiled_charsmap) are damaged"
              .formatted(where));
    }
  }

  private static boolean isSafe(byte[] charsmap) {
    ByteBuffer in = ByteBuffer.wrap(charsmap).order(ByteOrder.LITTLE_ENDIAN);
    if (in.remaining() < Integer.BYTES || in.remaining() > MAX_BYTES) {
      return false;
    }
    int units = in.getInt() >>> 2;
    if (units == 0 || units > in.remaining() / Integer.BYTES) {
      return false;
    }
    int trieBytes = units * Integer.BYTES;
    IntBuffer trie =
        in.slice(in.position(), trieBytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    ByteBuffer replacements = in.position(in.position() + trieBytes).slice();
    try {
      StandardCharsets.UTF_8.newDecoder().decode(replacements.duplicate());
    } catch (CharacterCodingException e) {
      return false;
    }
    return new PrecompiledCharsmap(trie, replacements).staysInside();
  }

  /**
   * Follows every path from the root. A node is known by its base: the child for a byte is at
   * {@code base ^ byte}, and exists if the label there is that byte.
   */
  private boolean staysInside() {
    int root = offset(trie.get(0));
    BitSet seen = new BitSet();
    Deque<Integer> open = new ArrayDeque<>();
    if (!hasChildren(root)) {
      return false;
    }
    seen.set(root);
    open.push(root);
    while (!open.isEmpty()) {
      int base = open.pop();
      for (int label = 1; label <= 0xff; label++) {
        int child = base ^ label;
        int unit = trie.get(child);
        if ((unit & LABEL_BITS) != label) {
          continue;
        }
        int childBase = child ^ offset(unit);
        if (!hasChildren(childBase)
            || ((unit & HAS_VALUE) != 0 && !isReplacement(trie.get(childBase) & VALUE_BITS))) {
          return false;
        }
        if (!seen.get(childBase)) {
          seen.set(childBase);
          open.push(childBase);
        }
      }
    }
    return true;
  }

  private static int offset(int unit) {
    // Large offsets are stored in units of 256.
    return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  }

  /** Whether the units for all 256 bytes lie in the array. */
  private boolean hasChildren(int base) {
    return base >= 0 && (base | 0xff) < trie.limit();
  }

  /** Whether a replacement may start here: not in the middle of a character, and of no size. */
  private boolean isReplacement(int position) {
    if (position > replacements.limit()
        || (position < replacements.limit() && (replacements.get(position) & 0xc0) == 0x80)) {
      return false;
    }
    int end = position;
    while (end < replacements.limit() && replacements.get(end) != 0) {
      end++;
      if (end - position > MAX_REPLACEMENT_BYTES) {
        return false;
      }
    }
    return true;
  }
}
