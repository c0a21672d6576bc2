package org.sbertspark.job;

/** What becomes of an output that exists. */
enum WriteMode implements Choice {
  /** The run is refused. */
  ERROR,
  /** It is replaced, but only when the run has succeeded. */
  OVERWRITE,
  /** The rows are added to it. */
  APPEND;

  @Override
  public String toString() {
    return label();
  }
}
