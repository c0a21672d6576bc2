package org.sbertspark.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges of a byte pair encoding by age, and the symbols that they make: 0 to 255 are the
 * bytes, in the order of their characters, then come new symbols by age.
 */
final class Merges {

  /** Two neighbouring symbols. */
  record Pair(int left, int right) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      return left != other.left
          ? Integer.compare(left, other.left)
          : Integer.compare(right, other.right);
    }
  }

  /** A pair and the symbol that replaces it. */
  record Merge(Pair pair, int symbol) {}

  private final List<String> symbols = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Merge> merges = new ArrayList<>();
  private final Map<Pair, Integer> ranks = new HashMap<>();

  Merges() {
    for (int b = 0; b < 256; b++) {
      symbol(String.valueOf(ByteLevel.character(b)));
    }
  }

  /**
   * Adds a merge, unless it is there already.
   *
   * @return the symbol that it makes; an old one where another pair makes the same characters
   */
  int add(Pair pair) {
    int symbol = symbol(symbols.get(pair.left) + symbols.get(pair.right));
    if (ranks.putIfAbsent(pair, merges.size()) == null) {
      merges.add(new Merge(pair, symbol));
    }
    return symbol;
  }

  private int symbol(String characters) {
    Integer known = numbers.putIfAbsent(characters, symbols.size());
    if (known != null) {
      return known;
    }
    symbols.add(characters);
    return symbols.size() - 1;
  }

  /** What each symbol stands for, in the alphabet of the files. */
  List<String> symbols() {
    return Collections.unmodifiableList(symbols);
  }

  /** From the oldest to the youngest. */
  List<Merge> merges() {
    return Collections.unmodifiableList(merges);
  }

  /** The symbols of a word: of all merges that apply, the oldest is made, again and again. */
  int[] apply(String word) {
    int[] encoded = ByteLevel.symbols(word);
    while (true) {
      int oldest = merges.size();
      for (int i = 0; i + 1 < encoded.length; i++) {
        Integer rank = ranks.get(new Pair(encoded[i], encoded[i + 1]));
        oldest = rank == null ? oldest : Math.min(oldest, rank);
      }
      if (oldest == merges.size()) {
        return encoded;
      }
      encoded = replace(encoded, merges.get(oldest));
    }
  }

  /** Makes one merge wherever it applies, from left to right. */
  static int[] replace(int[] symbols, Merge merge) {
    int[] result = new int[symbols.length];
    int size = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean pair =
          i + 1 < symbols.length
              && symbols[i] == merge.pair.left
              && symbols[i + 1] == merge.pair.right;
      result[size++] = pair ? merge.symbol : symbols[i];
      if (pair) {
        i++;
      }
    }
    return size == symbols.length ? symbols : Arrays.copyOf(result, size);
  }
}
