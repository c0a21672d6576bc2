package org.sbertspark.job;

/** How judged pairs stand in files. */
enum PairLayout implements Choice {
  /** A table with named columns. */
  COLUMNS,

  /** SemEval's lines without a header: score, sentence, sentence, separated by tabs. */
  STS;

  @Override
  public String toString() {
    return label();
  }
}
