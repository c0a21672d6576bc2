package org.sbertspark.job;

/** How judged pairs stand in files. */
enum PairLayout implements Choice {
  /** As the files' names and first lines tell. */
  AUTO,

  /** A table with named columns. */
  TABLE,

  /** SemEval's lines without a header: score, sentence, sentence, separated by tabs. */
  STS,

  /** SICK's lines with a header, separated by tabs. */
  SICK;

  @Override
  public String toString() {
    return label();
  }
}
