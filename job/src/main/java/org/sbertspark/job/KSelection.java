package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * A number of clusters that was chosen among several: that of the highest silhouette, of equal ones
 * the smallest.
 *
 * @param sampleRows rows that the candidates were tried on
 * @param candidates in ascending order
 * @param k the choice
 */
record KSelection(long sampleRows, List<Candidate> candidates, int k) {
  /** Every candidate clusters the sample: about so many rows. */
  static final int SAMPLE_ROWS = 10_000;

  /**
   * A number that was tried.
   *
   * @param clusters that came out: fewer than k where the vectors do not differ enough
   * @param silhouette of all rows of the sample; empty for a single cluster
   */
  record Candidate(int k, int clusters, Optional<Double> silhouette) {}

  KSelection {
    candidates = List.copyOf(candidates);
  }

  /**
   * Clusters a sample with each candidate.
   *
   * @param vectors persisted, all of them usable
   * @param column theirs
   * @param count of the vectors
   * @throws JobException if there are too few vectors for the range
   */
  static KSelection of(Dataset<Row> vectors, String column, ClusterOptions options, long count) {
    Dataset<Row> sample =
        vectors
            .sample(Math.min(1.0, (double) SAMPLE_ROWS / count), options.seed)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long rows = sample.count();
      // With a cluster a row there is nothing to see.
      List<Integer> tried = options.k.candidates(rows - 1);
      if (tried.isEmpty()) {
        throw new JobException(
            "Cannot choose --k %s: only %,d rows have a vector that can be clustered, expected more than %,d"
                .formatted(options.k, rows, options.k.least()));
      }
      List<Candidate> candidates = new ArrayList<>();
      for (int k : tried) {
        candidates.add(candidate(k, sample, column, options));
      }
      int best =
          candidates.stream()
              .filter(candidate -> candidate.silhouette.isPresent())
              .max(
                  Comparator.comparing((Candidate candidate) -> candidate.silhouette.get())
                      .thenComparing(Candidate::k, Comparator.reverseOrder()))
              .map(Candidate::k)
              .orElse(tried.get(0));
      return new KSelection(rows, candidates, best);
    } finally {
      sample.unpersist();
    }
  }

  private static Candidate candidate(
      int k, Dataset<Row> sample, String column, ClusterOptions options) {
    ClusterModel model = options.algorithm.fit(sample, column, options, k);
    Silhouettes silhouettes = Silhouettes.of(sample, column, options.distance, model);
    return new Candidate(k, silhouettes.sizes().size(), silhouettes.overall());
  }

  /** What was tried, and what was chosen. */
  void print(PrintWriter out) {
    out.printf(Locale.ROOT, "Silhouettes of %,d rows%n", sampleRows);
    for (Candidate candidate : candidates) {
      out.printf(
          Locale.ROOT,
          "    k = %-4d %s%s%n",
          candidate.k,
          Silhouettes.format(candidate.silhouette),
          candidate.k == k ? "  <- chosen" : "");
    }
  }

  /** Into a manifest. */
  void record(RunRecord run) {
    Map<Integer, Object> silhouettes = new TreeMap<>();
    candidates.forEach(
        candidate ->
            silhouettes.put(
                candidate.k, candidate.silhouette.map(RunRecord::rounded).orElse(null)));
    run.put("kChosen", k).put("kSilhouettes", silhouettes).put("kSampleRows", sampleRows);
  }
}
