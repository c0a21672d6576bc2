package org.sbertspark.evaluation;

import java.util.Arrays;
import java.util.List;

/**
 * A file of SICK (Sentences Involving Compositional Knowledge): tab-separated with a header. The
 * files that are about hold other columns in other places, so they are found by their names.
 *
 * <p>Immutable, thread-safe.
 */
public final class SickFile {
  private static final String FIRST = "sentence_A";
  private static final String SECOND = "sentence_B";
  private static final String SCORE = "relatedness_score";

  private final int columns;
  private final int first;
  private final int second;
  private final int score;

  private SickFile(List<String> names) {
    columns = names.size();
    first = place(names, FIRST);
    second = place(names, SECOND);
    score = place(names, SCORE);
  }

  private static int place(List<String> names, String name) {
    int place = names.indexOf(name);
    if (place < 0) {
      throw new IllegalArgumentException(
          "Cannot read a header of SICK: it has no column %s, expected %s, %s and %s, separated by tabs"
              .formatted(name, FIRST, SECOND, SCORE));
    }
    return place;
  }

  /**
   * Learns from the first line where the columns are.
   *
   * @throws IllegalArgumentException if one is missing
   */
  public static SickFile ofHeader(String line) {
    return new SickFile(Arrays.asList(TabSeparated.fields(line)));
  }

  /** Whether this line is a header: files that were put together have several. */
  public static boolean isHeader(String line) {
    List<String> names = Arrays.asList(TabSeparated.fields(line));
    return names.contains(FIRST) && names.contains(SECOND) && names.contains(SCORE);
  }

  /**
   * Reads another line.
   *
   * @return the pair with its relatedness, 1 to 5
   * @throws IllegalArgumentException if the line does not fit the header; the message does not
   *     quote it
   */
  public ScoredPair pair(String line) {
    String[] fields = TabSeparated.fields(line);
    if (fields.length != columns) {
      throw new IllegalArgumentException(
          "Cannot read a line of SICK: it has %d tab-separated fields, expected %d as in the header"
              .formatted(fields.length, columns));
    }
    return new ScoredPair(TabSeparated.number(SCORE, fields[score]), fields[first], fields[second]);
  }
}
