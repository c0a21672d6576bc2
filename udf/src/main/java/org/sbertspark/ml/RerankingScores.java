package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapGroupsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.evaluation.PairSimilarity;
import org.sbertspark.evaluation.RerankingMetrics;
import org.sbertspark.evaluation.RerankingMetrics.Query;
import scala.Tuple3;

/**
 * How a model's cosines order the given candidates of queries. A query's candidates are judged by
 * one task; only the metrics of each query reach the driver.
 *
 * @param queries with positive and negative candidates, in the order of their names
 * @param notJudged queries that have only positive or only negative candidates
 * @param withoutValue candidates that were left out because their text, label or query is null
 */
public record RerankingScores(List<Query> queries, long notJudged, long withoutValue) {

  public RerankingScores {
    queries = List.copyOf(queries);
  }

  /**
   * Compares each candidate with its query.
   *
   * @param candidates is read twice and must be the same both times
   * @param name of the query, any type that is not nested
   * @param query its text, the same for all of its candidates
   * @param text the candidate
   * @param positive whether it answers, a boolean
   * @param queryVectors of the queries' texts
   * @param vectors of the candidates' texts
   */
  public static RerankingScores of(
      Dataset<Row> candidates,
      Column name,
      Column query,
      Column text,
      Column positive,
      TextVectors queryVectors,
      TextVectors vectors) {
    Dataset<Row> all =
        candidates.select(
            name.cast(DataTypes.StringType).as("name"),
            query.as("query"),
            text.as("text"),
            positive.as("positive"));
    Dataset<Row> whole = all.na().drop();
    Dataset<Row> both =
        vectors.join(queryVectors.join(whole, "query", "query_vector"), "text", "text_vector");
    Encoder<Tuple3<String, Double, Boolean>> candidate =
        Encoders.tuple(Encoders.STRING(), Encoders.DOUBLE(), Encoders.BOOLEAN());
    List<Tuple3<String, Double, Double>> judged =
        both.select(col("name"), col("positive"), col("query_vector"), col("text_vector"))
            .map(
                (MapFunction<Row, Tuple3<String, Double, Boolean>>)
                    row ->
                        new Tuple3<>(
                            row.getString(0),
                            PairSimilarity.COSINE.between(
                                TextVectors.components(row, 2), TextVectors.components(row, 3)),
                            row.getBoolean(1)),
                candidate)
            .groupByKey(
                (MapFunction<Tuple3<String, Double, Boolean>, String>) Tuple3::_1,
                Encoders.STRING())
            .mapGroups(
                (MapGroupsFunction<
                        String, Tuple3<String, Double, Boolean>, Tuple3<String, Double, Double>>)
                    RerankingScores::judged,
                Encoders.tuple(Encoders.STRING(), Encoders.DOUBLE(), Encoders.DOUBLE()))
            .collectAsList();
    List<Query> queries =
        judged.stream()
            .filter(one -> !one._2().isNaN())
            .sorted(Comparator.comparing(Tuple3::_1))
            .map(one -> new Query(one._2(), one._3()))
            .toList();
    return new RerankingScores(
        queries, judged.size() - queries.size(), all.count() - whole.count());
  }

  /** A query's name and metrics, which are NaN if it cannot be judged. */
  private static Tuple3<String, Double, Double> judged(
      String name, Iterator<Tuple3<String, Double, Boolean>> candidates) {
    List<Tuple3<String, Double, Boolean>> all = new ArrayList<>();
    candidates.forEachRemaining(all::add);
    double[] scores = all.stream().mapToDouble(Tuple3::_2).toArray();
    boolean[] positive = new boolean[scores.length];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = all.get(i)._3();
    }
    if (!Query.judgeable(positive)) {
      return new Tuple3<>(name, Double.NaN, Double.NaN);
    }
    Query query = Query.of(scores, positive);
    return new Tuple3<>(name, query.averagePrecision(), query.reciprocalRankAt10());
  }

  /** Over all queries that can be judged. */
  public RerankingMetrics mean() {
    return RerankingMetrics.mean(queries);
  }
}
