package org.sbertspark.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.sbertspark.training.Merges.Merge;
import org.sbertspark.training.Merges.Pair;

/**
 * Learns a byte-level BPE as RoBERTa uses it: texts are cut into words by GPT-2's rule, words into
 * bytes, and the neighbours that stand together most often are merged, again and again. Among pairs
 * of equal count the one with the older left, then right, symbol comes first, as in Hugging Face's
 * trainer; so the order of the texts does not matter.
 *
 * <p>Equal words are counted once and a merge touches only the words that contain it, so time grows
 * with the number of distinct words. Not thread-safe.
 *
 * @see <a href="https://aclanthology.org/P16-1162/">Sennrich et al. 2016, byte pair encoding</a>
 */
public final class BytePairTrainer {

  /** A pair seen once says nothing about the language. */
  private static final long MIN_PAIR_COUNT = 2;

  /** Longer words are data (base64, separators): quadratic to merge and useless to learn from. */
  private static final int MAX_WORD_BYTES = 256;

  private final Map<String, Long> wordCounts = new HashMap<>();

  /** Counts the words of one text. */
  public BytePairTrainer add(String text) {
    forEachWord(text, word -> add(word, 1));
    return this;
  }

  /** Adds to the count of a word, one of {@link #forEachWord}, that was counted elsewhere. */
  public BytePairTrainer add(String word, long count) {
    wordCounts.merge(word, count, Long::sum);
    return this;
  }

  /** The words of a text in order, as GPT-2 cuts them, but for those too long to learn from. */
  public static void forEachWord(String text, Consumer<String> words) {
    ByteLevel.forEachWord(
        text,
        word -> {
          if (ByteLevel.symbols(word).length <= MAX_WORD_BYTES) {
            words.accept(word);
          }
        });
  }

  /**
   * Learns from all texts that were added.
   *
   * @param vocabularySize special tokens and the 256 bytes included, at least {@link
   *     BytePairVocabulary#MIN_SIZE}; the result is smaller if the texts run out of repeated pairs
   */
  public BytePairVocabulary train(int vocabularySize) {
    if (vocabularySize < BytePairVocabulary.MIN_SIZE) {
      throw new IllegalArgumentException(
          "The vocabulary size is %d, expected at least %d: the special tokens and the 256 bytes"
              .formatted(vocabularySize, BytePairVocabulary.MIN_SIZE));
    }
    int symbols = 256 + vocabularySize - BytePairVocabulary.MIN_SIZE;
    return new BytePairVocabulary(new Run(wordCounts).learn(symbols));
  }

  /** A merge that might come next; its count may have fallen since. */
  private record Candidate(Pair pair, long count) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byCount = Long.compare(other.count, count);
      return byCount != 0 ? byCount : pair.compareTo(other.pair);
    }
  }

  /** How often a pair stands in the texts, and in which words it did so at some time. */
  private static final class Occurrences {
    private long count;
    private int[] words = new int[2];
    private int size;

    void addWord(int word) {
      if (size > 0 && words[size - 1] == word) {
        return;
      }
      if (size == words.length) {
        words = Arrays.copyOf(words, size * 2);
      }
      words[size++] = word;
    }
  }

  /** One training: the distinct words, as they are merged so far. */
  private static final class Run {
    private final List<int[]> words = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final Map<Pair, Occurrences> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
    private final Merges merges = new Merges();

    Run(Map<String, Long> wordCounts) {
      wordCounts.forEach(
          (word, count) -> {
            words.add(ByteLevel.symbols(word));
            counts.add(count);
          });
      for (int w = 0; w < words.size(); w++) {
        countPairs(w, counts.get(w));
        for (Pair pair : pairs(words.get(w))) {
          pairs.get(pair).addWord(w);
        }
      }
      pairs.forEach((pair, found) -> queue.add(new Candidate(pair, found.count)));
    }

    Merges learn(int symbols) {
      while (merges.symbols().size() < symbols && !queue.isEmpty()) {
        Candidate best = queue.poll();
        Occurrences found = pairs.get(best.pair);
        if (found.count < MIN_PAIR_COUNT) {
          continue;
        }
        if (found.count < best.count) {
          queue.add(new Candidate(best.pair, found.count));
          continue;
        }
        merge(new Merge(best.pair, merges.add(best.pair)), found);
      }
      return merges;
    }

    /** Only pairs with the merged symbol can become more frequent, so only they are queued. */
    private void merge(Merge merge, Occurrences found) {
      Set<Pair> grown = new HashSet<>();
      for (int i = 0; i < found.size; i++) {
        int w = found.words[i];
        countPairs(w, -counts.get(w));
        words.set(w, Merges.replace(words.get(w), merge));
        countPairs(w, counts.get(w));
        for (Pair pair : pairs(words.get(w))) {
          if (pair.left() == merge.symbol() || pair.right() == merge.symbol()) {
            pairs.get(pair).addWord(w);
            grown.add(pair);
          }
        }
      }
      grown.forEach(pair -> queue.add(new Candidate(pair, pairs.get(pair).count)));
    }

    private void countPairs(int w, long count) {
      for (Pair pair : pairs(words.get(w))) {
        pairs.computeIfAbsent(pair, p -> new Occurrences()).count += count;
      }
    }

    private static List<Pair> pairs(int[] symbols) {
      List<Pair> pairs = new ArrayList<>(symbols.length);
      for (int i = 0; i + 1 < symbols.length; i++) {
        pairs.add(new Pair(symbols[i], symbols[i + 1]));
      }
      return pairs;
    }
  }
}
