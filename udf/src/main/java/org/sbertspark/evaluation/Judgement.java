package org.sbertspark.evaluation;

import java.util.Optional;

/**
 * How relevant a document is to a query, as people say: a line of the file that the field calls
 * qrels.
 *
 * @param grade 1 or more if it is relevant; 0 or less if it is not
 */
public record Judgement(String query, String document, int grade) {
  private static final int FIELDS = 3;

  public Judgement {
    if (query.isEmpty() || document.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot read a judgement: the id of its %s is empty"
              .formatted(query.isEmpty() ? "query" : "document"));
    }
  }

  /**
   * Reads a line of a BEIR folder's {@code qrels/*.tsv}: the ids of query and document and the
   * grade, separated by tabs.
   *
   * @return nothing if the line is the header {@code query-id corpus-id score}
   * @throws IllegalArgumentException if the line is another; the message does not quote it
   */
  public static Optional<Judgement> ofBeirLine(String line) {
    String[] fields = TabSeparated.fields(line);
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(
          "Cannot read a line of qrels: it has %d tab-separated fields, expected %d: query-id, corpus-id, score"
              .formatted(fields.length, FIELDS));
    }
    if (fields[0].equals("query-id") && fields[1].equals("corpus-id")) {
      return Optional.empty();
    }
    double grade = TabSeparated.number("grade", fields[2]);
    if (grade != (int) grade) {
      throw new IllegalArgumentException(
          "Cannot read a grade of %s: expected a whole number".formatted(grade));
    }
    return Optional.of(new Judgement(fields[0], fields[1], (int) grade));
  }
}
