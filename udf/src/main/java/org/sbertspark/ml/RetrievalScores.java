package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.CoGroupFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.KeyValueGroupedDataset;
import org.apache.spark.sql.Row;
import org.sbertspark.evaluation.JudgedRanking;
import org.sbertspark.evaluation.RankingMetrics;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.similarity.Measure;

/**
 * How well a model's cosines find the relevant documents of queries, by comparing each query with
 * all documents. A query's results are judged by one task; only the metrics of each query reach the
 * driver.
 *
 * <p>As in BEIR a document that has the query's own id is no result, and queries of which no
 * document is judged relevant are left out. Equally near documents come by their ids.
 *
 * @param queries in the order of their ids
 * @param withoutRelevant queries that were left out
 * @param withoutText queries that are judged, and of which there is no text: left out as well
 */
public record RetrievalScores(List<OfQuery> queries, long withoutRelevant, long withoutText) {

  /** Numbers of first results that are judged. */
  public static final List<Integer> CUTS = List.of(1, 3, 5, 10, 100, 1000);

  private static final int RESULTS = 1000;

  public RetrievalScores {
    queries = List.copyOf(queries);
  }

  /**
   * A query.
   *
   * @param metrics for each of {@link #CUTS}
   */
  public record OfQuery(String id, List<RankingMetrics> metrics) implements Serializable {

    public OfQuery {
      metrics = List.copyOf(metrics);
    }

    /**
     * The metrics of the first k results.
     *
     * @param k one of {@link #CUTS}
     */
    public RankingMetrics at(int k) {
      return metrics.get(CUTS.indexOf(k));
    }
  }

  /**
   * Searches and judges.
   *
   * @param queries columns {@code id}, a string, each once, and {@code text}
   * @param documents columns {@code id}, a string, each once, and {@code text}
   * @param judgements columns {@code (query, document, grade)}, the last one an int; documents
   *     without a judgement are not relevant
   * @param queryVectors of the queries' texts
   * @param vectors of the documents' texts
   * @param device that compares
   * @throws IllegalArgumentException if ids are null or not unique
   */
  public static RetrievalScores of(
      Dataset<Row> queries,
      Dataset<Row> documents,
      Dataset<Row> judgements,
      TextVectors queryVectors,
      TextVectors vectors,
      DeviceChoice device) {
    Dataset<Row> relevant =
        judgements.filter(col("grade").gt(0)).select(col("query").as("id")).distinct();
    Dataset<Row> judged = queries.join(relevant, "id");
    Dataset<Row> left = queryVectors.join(judged, "text", "vector").select("id", "vector");
    Dataset<Row> right = vectors.join(documents, "text", "vector").select("id", "vector");
    // One more than is judged: the document of the query's own id may be among them.
    JoinSettings nearest = JoinSettings.of(Measure.COSINE).withK(RESULTS + 1).withDevice(device);
    try (JoinResult found = new SimilarityJoin(nearest).between(left, right, "id", "vector")) {
      KeyValueGroupedDataset<String, Row> grades =
          byQuery(
              judgements
                  .select("query", "document", "grade")
                  .join(judged.select(col("id").as("query")), "query"));
      KeyValueGroupedDataset<String, Row> results =
          byQuery(
              found
                  .pairs()
                  .select(SimilarityJoin.LEFT_ID, SimilarityJoin.RIGHT_ID, SimilarityJoin.RANK));
      List<OfQuery> scores =
          new ArrayList<>(
              grades
                  .cogroup(
                      results,
                      (CoGroupFunction<String, Row, Row, OfQuery>) RetrievalScores::judged,
                      Encoders.javaSerialization(OfQuery.class))
                  .collectAsList());
      scores.sort(Comparator.comparing(OfQuery::id));
      return new RetrievalScores(
          scores, queries.count() - scores.size(), withoutText(judgements, queries));
    }
  }

  private static long withoutText(Dataset<Row> judgements, Dataset<Row> queries) {
    return judgements
        .select("query")
        .distinct()
        .join(queries, col("query").equalTo(col("id")), "left_anti")
        .count();
  }

  private static KeyValueGroupedDataset<String, Row> byQuery(Dataset<Row> rows) {
    return rows.groupByKey((MapFunction<Row, String>) row -> row.getString(0), Encoders.STRING());
  }

  private static Iterator<OfQuery> judged(
      String query, Iterator<Row> judgements, Iterator<Row> results) {
    Map<String, Integer> grades = new HashMap<>();
    judgements.forEachRemaining(row -> grades.merge(row.getString(1), row.getInt(2), Math::max));
    List<Row> found = new ArrayList<>();
    results.forEachRemaining(
        row -> {
          if (!row.getString(1).equals(query)) {
            found.add(row);
          }
        });
    found.sort(Comparator.comparingInt(row -> row.getInt(2)));
    JudgedRanking ranking =
        JudgedRanking.of(found.stream().map(row -> row.getString(1)).toList(), grades);
    return List.of(new OfQuery(query, CUTS.stream().map(ranking::at).toList())).iterator();
  }

  /**
   * The mean over the queries.
   *
   * @param k one of {@link #CUTS}
   */
  public RankingMetrics at(int k) {
    return RankingMetrics.mean(queries.stream().map(query -> query.at(k)).toList());
  }
}
