package org.sbertspark.job;

/** The formats that can be written; the label is Spark's own name of the format. */
enum OutputFormat implements Choice {
  PARQUET,
  JSON,
  ORC;

  @Override
  public String toString() {
    return label();
  }
}
