package org.sbertspark.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine.TypeConversionException;

/**
 * How many clusters to make: a number, or the best of several.
 *
 * @param automatic whether the number is chosen from a range
 * @param least the number itself, or the range's lower end
 * @param most the number itself, or the range's upper end, which belongs to it
 */
record ClusterCount(boolean automatic, int least, int most) {
  /** What is asked for by {@code auto} alone. */
  private static final ClusterCount AUTO = new ClusterCount(true, 2, 50);

  /** Numbers that are tried at most: each costs a clustering. */
  static final int MAX_CANDIDATES = 12;

  private static final Pattern SYNTAX =
      Pattern.compile("(?<exact>-?\\d{1,9})|auto(?::(?<least>\\d{1,9})\\.\\.(?<most>\\d{1,9}))?");

  static ClusterCount exactly(int k) {
    return new ClusterCount(false, k, k);
  }

  /**
   * Reads {@code 12}, {@code auto} or {@code auto:4..40}.
   *
   * @throws TypeConversionException for anything else
   */
  static ClusterCount parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "expected a number, auto, or auto:FROM..TO, but was '%s'".formatted(text));
    }
    if (matcher.group("exact") != null) {
      return exactly(Integer.parseInt(matcher.group("exact")));
    }
    return matcher.group("least") == null
        ? AUTO
        : new ClusterCount(
            true,
            Integer.parseInt(matcher.group("least")),
            Integer.parseInt(matcher.group("most")));
  }

  /**
   * @throws IllegalArgumentException if it asks for fewer than two clusters, or for an empty range
   */
  void validate() {
    Arguments.require(
        least >= 2 && most >= least,
        "--k",
        this,
        automatic ? "auto:FROM..TO with 2 <= FROM <= TO" : "2 clusters or more");
  }

  /**
   * The numbers to try, ascending: all of a short range, else {@value #MAX_CANDIDATES} whose
   * neighbours are in about the same proportion.
   *
   * @param limit no number above this one
   */
  List<Integer> candidates(long limit) {
    int end = (int) Math.min(most, limit);
    if (end - least < MAX_CANDIDATES) {
      return IntStream.rangeClosed(least, end).boxed().toList();
    }
    double ratio = (double) end / least;
    return IntStream.range(0, MAX_CANDIDATES)
        .map(i -> (int) Math.round(least * Math.pow(ratio, i / (MAX_CANDIDATES - 1.0))))
        .distinct()
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    return automatic ? "auto:%d..%d".formatted(least, most) : String.valueOf(least);
  }

  /** As manifests say it: a number, or the range. */
  @JsonValue
  Object json() {
    return automatic ? toString() : (Object) least;
  }
}
