package org.sbertspark.ml;

import static org.apache.spark.sql.functions.monotonically_increasing_id;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.evaluation.PairSimilarity;

/**
 * What a model makes of pairs of texts that people have judged, for {@code
 * org.sbertspark.evaluation}. The similarities are computed on the executors; only the scores reach
 * the driver: {@code 8 * (2 + }number of similarities{@code )} bytes a pair.
 *
 * @param gold what people say
 * @param scores what each similarity says, in the same order, that of the table
 * @param withoutValue pairs that were left out because a text or the judgement is null
 */
public record PairScores(double[] gold, Map<PairSimilarity, double[]> scores, long withoutValue) {
  private static final String ID = "id";
  private static final String GOLD = "gold";
  private static final String FIRST = "first";
  private static final String SECOND = "second";

  public PairScores {
    scores = Map.copyOf(scores);
  }

  /**
   * Compares the texts of each pair.
   *
   * @param pairs is read twice and must be the same both times
   * @param gold a number or boolean
   * @param first a string
   * @param second a string
   * @param vectors of all texts of the pairs that have both texts and a judgement
   */
  public static PairScores of(
      Dataset<Row> pairs, Column gold, Column first, Column second, TextVectors vectors) {
    Dataset<Row> all =
        pairs.select(
            monotonically_increasing_id().as(ID),
            gold.cast(DataTypes.DoubleType).as(GOLD),
            first.as(FIRST),
            second.as(SECOND));
    Dataset<Row> whole = all.na().drop(new String[] {GOLD, FIRST, SECOND});
    Dataset<Row> left = vectors.join(whole, FIRST, "first_vector");
    Dataset<Row> both = vectors.join(left, SECOND, "second_vector");
    List<double[]> rows =
        new ArrayList<>(
            both.select(ID, GOLD, "first_vector", "second_vector")
                .map((MapFunction<Row, double[]>) PairScores::scored, Encoders.kryo(double[].class))
                .collectAsList());
    // As in the table: metrics may depend on the order of equal scores. Ids of a million partitions
    // are exact as double.
    rows.sort(Comparator.comparingDouble(row -> row[0]));
    return new PairScores(column(rows, 1), scores(rows), all.count() - rows.size());
  }

  /** Id, gold and all similarities. */
  private static double[] scored(Row row) {
    float[] first = TextVectors.components(row, 2);
    float[] second = TextVectors.components(row, 3);
    PairSimilarity[] similarities = PairSimilarity.values();
    double[] scored = new double[2 + similarities.length];
    scored[0] = row.getLong(0);
    scored[1] = row.getDouble(1);
    for (int i = 0; i < similarities.length; i++) {
      scored[2 + i] = similarities[i].between(first, second);
    }
    return scored;
  }

  private static Map<PairSimilarity, double[]> scores(List<double[]> rows) {
    Map<PairSimilarity, double[]> scores = new EnumMap<>(PairSimilarity.class);
    PairSimilarity[] similarities = PairSimilarity.values();
    for (int i = 0; i < similarities.length; i++) {
      scores.put(similarities[i], column(rows, 2 + i));
    }
    return scores;
  }

  private static double[] column(List<double[]> rows, int at) {
    return rows.stream().mapToDouble(row -> row[at]).toArray();
  }
}
