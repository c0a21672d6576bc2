package org.sbertspark.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.training.Merges.Merge;

/**
 * A byte-level BPE vocabulary in RoBERTa's layout: {@code <s>}=0, {@code <pad>}=1, {@code </s>}=2,
 * {@code <unk>}=3, the 256 bytes, the merged tokens by age, {@code <mask>} last. Immutable and
 * thread-safe.
 */
public final class BytePairVocabulary {
  public static final int BOS = 0;
  public static final int PAD = 1;
  public static final int EOS = 2;
  public static final int UNKNOWN = 3;

  private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>");
  private static final String MASK = "<mask>";

  /** The size without any merge: special tokens and bytes. */
  public static final int MIN_SIZE = SPECIAL.size() + 256 + 1;

  /** Not changed any more. */
  private final Merges merges;

  private final List<String> tokens;

  /** For each merged symbol the pair that first made it. */
  private final Map<Integer, Merge> origins = new HashMap<>();

  BytePairVocabulary(Merges merges) {
    this.merges = merges;
    List<String> all = new ArrayList<>(SPECIAL);
    all.addAll(merges.symbols());
    all.add(MASK);
    this.tokens = List.copyOf(all);
    merges.merges().forEach(merge -> origins.putIfAbsent(merge.symbol(), merge));
  }

  public int size() {
    return tokens.size();
  }

  /** All tokens in the order of their ids, in the alphabet of the files (a space is {@code Ġ}). */
  public List<String> tokens() {
    return tokens;
  }

  /** The ids of the two tokens that became this one; none for a byte or a special token. */
  public List<Integer> parts(int id) {
    Merge origin = origins.get(id - SPECIAL.size());
    return origin == null
        ? List.of()
        : List.of(id(origin.pair().left()), id(origin.pair().right()));
  }

  /**
   * The ids of a text, without {@code <s>} and {@code </s>}. Special tokens typed inside the text
   * are text here. Cost: quadratic in the length of a word.
   */
  public int[] encode(String text) {
    List<int[]> words = new ArrayList<>();
    ByteLevel.forEachWord(text, word -> words.add(merges.apply(word)));
    return words.stream().flatMapToInt(Arrays::stream).map(BytePairVocabulary::id).toArray();
  }

  private static int id(int symbol) {
    return SPECIAL.size() + symbol;
  }

  /** Writes {@code vocab.json} and {@code merges.txt}, as every RoBERTa tokenizer reads them. */
  public void write(Path folder) throws IOException {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (String token : tokens) {
      ids.put(token, ids.size());
    }
    Files.write(folder.resolve("vocab.json"), new ObjectMapper().writeValueAsBytes(ids));
    StringBuilder lines = new StringBuilder("#version: 0.2\n");
    List<String> symbols = merges.symbols();
    for (Merge merge : merges.merges()) {
      lines
          .append(symbols.get(merge.pair().left()))
          .append(' ')
          .append(symbols.get(merge.pair().right()))
          .append('\n');
    }
    Files.writeString(folder.resolve("merges.txt"), lines, StandardCharsets.UTF_8);
  }
}
