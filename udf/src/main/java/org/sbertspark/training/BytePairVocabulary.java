package org.sbertspark.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A byte-level BPE vocabulary in RoBERTa's layout: {@code <s>}=0, {@code <pad>}=1, {@code </s>}=2,
 * {@code <unk>}=3, the 256 bytes, the merges by age, {@code <mask>} last. Immutable and
 * thread-safe.
 */
public final class BytePairVocabulary {
  public static final int BOS = 0;
  public static final int PAD = 1;
  public static final int EOS = 2;
  public static final int UNKNOWN = 3;

  private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>");
  private static final String MASK = "<mask>";

  /** Special tokens and bytes. */
  public static final int MIN_SIZE = SPECIAL.size() + 256 + 1;

  /** Two symbols that become one; a symbol is a byte (0 to 255) or 256 + the number of a merge. */
  record Merge(int left, int right) {}

  private final List<Merge> merges;
  private final List<String> tokens;
  private final Map<Merge, Integer> ranks;

  BytePairVocabulary(List<Merge> merges) {
    this.merges = List.copyOf(merges);
    this.tokens = tokens(this.merges);
    this.ranks = new HashMap<>();
    for (int rank = 0; rank < merges.size(); rank++) {
      ranks.put(merges.get(rank), rank);
    }
  }

  private static List<String> tokens(List<Merge> merges) {
    List<String> tokens = new ArrayList<>(SPECIAL);
    int first = tokens.size();
    for (int b = 0; b < 256; b++) {
      tokens.add(String.valueOf(ByteLevel.character(b)));
    }
    for (Merge merge : merges) {
      tokens.add(tokens.get(first + merge.left) + tokens.get(first + merge.right));
    }
    tokens.add(MASK);
    return Collections.unmodifiableList(tokens);
  }

  public int size() {
    return tokens.size();
  }

  /** All tokens in the order of their ids, in the alphabet of the files (a space is {@code Ġ}). */
  public List<String> tokens() {
    return tokens;
  }

  public int maskId() {
    return tokens.size() - 1;
  }

  /**
   * The ids of a text, without {@code <s>} and {@code </s>}. Special tokens typed inside the text
   * are text here. Cost: quadratic in the length of a word.
   */
  public int[] encode(String text) {
    List<int[]> pieces = new ArrayList<>();
    ByteLevel.forEachWord(text, word -> pieces.add(symbols(word)));
    return pieces.stream().flatMapToInt(Arrays::stream).map(s -> s + SPECIAL.size()).toArray();
  }

  private int[] symbols(String word) {
    int[] symbols = ByteLevel.bytes(word);
    while (true) {
      int oldest = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < symbols.length; i++) {
        oldest =
            Math.min(
                oldest,
                ranks.getOrDefault(new Merge(symbols[i], symbols[i + 1]), Integer.MAX_VALUE));
      }
      if (oldest == Integer.MAX_VALUE) {
        return symbols;
      }
      Merge merge = merges.get(oldest);
      symbols = replace(symbols, merge.left, merge.right, 256 + oldest);
    }
  }

  /** Puts one symbol for every pair, from left to right. */
  static int[] replace(int[] symbols, int left, int right, int merged) {
    int[] result = new int[symbols.length];
    int size = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean pair = i + 1 < symbols.length && symbols[i] == left && symbols[i + 1] == right;
      result[size++] = pair ? merged : symbols[i];
      if (pair) {
        i++;
      }
    }
    return Arrays.copyOf(result, size);
  }

  /** Writes {@code vocab.json} and {@code merges.txt}, as every RoBERTa tokenizer reads them. */
  public void write(Path folder) throws IOException {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (String token : tokens) {
      ids.put(token, ids.size());
    }
    Files.write(folder.resolve("vocab.json"), new ObjectMapper().writeValueAsBytes(ids));
    StringBuilder lines = new StringBuilder("#version: 0.2\n");
    for (Merge merge : merges) {
      lines.append(token(merge.left)).append(' ').append(token(merge.right)).append('\n');
    }
    Files.writeString(folder.resolve("merges.txt"), lines, StandardCharsets.UTF_8);
  }

  private String token(int symbol) {
    return tokens.get(SPECIAL.size() + symbol);
  }
}
