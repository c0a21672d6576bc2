package org.sbertspark.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns a byte-level BPE as RoBERTa uses it: texts are cut into words by GPT-2's rule, words into
 * bytes, and the neighbours that stand together most often are merged, again and again. Among pairs
 * of equal count the one whose left, then right, token is older wins, so the order of the texts
 * does not matter.
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
    ByteLevel.forEachWord(text, word -> wordCounts.merge(word, 1L, Long::sum));
    return this;
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
          "The vocabulary size is %d, expected at least %d (special tokens and the 256 bytes)"
              .formatted(vocabularySize, BytePairVocabulary.MIN_SIZE));
    }
    return new Run().merge(vocabularySize - BytePairVocabulary.MIN_SIZE);
  }

  /** A merge that might come next; its count may have fallen since. */
  private record Candidate(long pair, long count) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byCount = Long.compare(other.count, count);
      return byCount != 0 ? byCount : Long.compare(pair, other.pair);
    }
  }

  /** Where a pair stands, and how often. */
  private static final class Occurrences {
    private long count;
    private int[] words = new int[2];
    private int size;

    /** Words come in order, so a repetition is the last one. */
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

  /** One training: the words as they are merged so far. Symbols are bytes, then merges by age. */
  private final class Run {
    private final List<int[]> words = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final Map<Long, Occurrences> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();

    Run() {
      wordCounts.forEach(
          (word, count) -> {
            int[] symbols = ByteLevel.bytes(word);
            if (symbols.length <= MAX_WORD_BYTES) {
              words.add(symbols);
              counts.add(count);
            }
          });
      for (int w = 0; w < words.size(); w++) {
        countPairs(w, 1);
        locatePairs(w, -1);
      }
      pairs.forEach((pair, found) -> queue.add(new Candidate(pair, found.count)));
    }

    BytePairVocabulary merge(int merges) {
      List<BytePairVocabulary.Merge> learned = new ArrayList<>();
      while (learned.size() < merges && !queue.isEmpty()) {
        Candidate best = queue.poll();
        Occurrences found = pairs.get(best.pair);
        if (found == null || found.count < MIN_PAIR_COUNT) {
          continue;
        }
        if (found.count < best.count) {
          queue.add(new Candidate(best.pair, found.count));
          continue;
        }
        apply(best.pair, 256 + learned.size());
        learned.add(new BytePairVocabulary.Merge(left(best.pair), right(best.pair)));
      }
      return new BytePairVocabulary(learned);
    }

    /**
     * Merges one pair in all its words. Only pairs with the new symbol can gain, so only they
     * become candidates here.
     */
    private void apply(long pair, int merged) {
      Occurrences where = pairs.get(pair);
      Set<Long> fresh = new HashSet<>();
      for (int i = 0; i < where.size; i++) {
        int w = where.words[i];
        countPairs(w, -1);
        words.set(w, BytePairVocabulary.replace(words.get(w), left(pair), right(pair), merged));
        countPairs(w, 1);
        fresh.addAll(locatePairs(w, merged));
      }
      pairs.remove(pair);
      for (long each : fresh) {
        queue.add(new Candidate(each, pairs.get(each).count));
      }
    }

    private void countPairs(int w, int sign) {
      int[] symbols = words.get(w);
      for (int i = 0; i + 1 < symbols.length; i++) {
        Occurrences found =
            pairs.computeIfAbsent(pair(symbols[i], symbols[i + 1]), p -> new Occurrences());
        found.count += sign * counts.get(w);
      }
    }

    /** Notes the word at its pairs that contain a symbol, or at all of them (-1). */
    private List<Long> locatePairs(int w, int symbol) {
      List<Long> located = new ArrayList<>();
      int[] symbols = words.get(w);
      for (int i = 0; i + 1 < symbols.length; i++) {
        if (symbol < 0 || symbols[i] == symbol || symbols[i + 1] == symbol) {
          long pair = pair(symbols[i], symbols[i + 1]);
          pairs.get(pair).addWord(w);
          located.add(pair);
        }
      }
      return located;
    }
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  private static int left(long pair) {
    return (int) (pair >>> 32);
  }

  private static int right(long pair) {
    return (int) pair;
  }
}
