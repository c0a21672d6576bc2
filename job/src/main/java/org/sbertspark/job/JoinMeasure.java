package org.sbertspark.job;

import org.sbertspark.similarity.Measure;

/** How near two vectors are; the constants of {@link Measure} as users write them. */
enum JoinMeasure implements Choice {
  COSINE(Measure.COSINE),
  DOT(Measure.DOT),
  EUCLIDEAN(Measure.EUCLIDEAN);

  final Measure measure;

  JoinMeasure(Measure measure) {
    this.measure = measure;
  }

  @Override
  public String toString() {
    return label();
  }
}
