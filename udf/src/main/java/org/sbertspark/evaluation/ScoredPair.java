package org.sbertspark.evaluation;

import java.util.Optional;

/**
 * Two sentences and how similar people find them.
 *
 * @param score on the data set's own scale; only the order and the distances of scores count
 */
public record ScoredPair(double score, String first, String second) {
  private static final int FIELDS = 3;

  public ScoredPair {
    if (!Double.isFinite(score)) {
      throw new IllegalArgumentException(
          "Cannot compare with a gold score of %s: expected a finite number".formatted(score));
    }
  }

  /** Whether a line may be one of a SemEval STS file: three fields, the first a number or empty. */
  public static boolean isStsLine(String line) {
    String[] fields = TabSeparated.fields(line);
    if (fields.length != FIELDS) {
      return false;
    }
    try {
      return fields[0].isEmpty() || Double.isFinite(Double.parseDouble(fields[0]));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * Reads a line of a SemEval STS file: score, first and second sentence, separated by tabs. Quotes
   * are text like any other; blanks around a sentence are left out.
   *
   * @return nothing if the pair has no score, as pairs that nobody judged in the files of some
   *     years
   * @throws IllegalArgumentException if the line is another; the message does not quote it
   */
  public static Optional<ScoredPair> ofStsLine(String line) {
    String[] fields = TabSeparated.fields(line);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(
          "Cannot read a line of STS: it has %d tab-separated fields, expected %d: score, sentence 1, sentence 2"
              .formatted(fields.length, FIELDS));
    }
    return fields[0].isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ScoredPair(TabSeparated.number("gold score", fields[0]), fields[1], fields[2]));
  }
}
