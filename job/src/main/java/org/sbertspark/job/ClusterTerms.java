package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.log1p;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.regexp_extract_all;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.translate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;

/**
 * The words that set each cluster apart from the others, by class-based TF-IDF: a word's share of
 * the cluster's words, times ln(1 + A / f), where f is how often the word stands in all texts and A
 * how many words a cluster has on average.
 *
 * <p>A word is a run of letters, digits and apostrophes that begins with a letter; its case does
 * not matter nor does an 's at its end, single letters and stop words do not count. So texts in a
 * script without spaces between words get poor terms.
 *
 * @see <a href="https://arxiv.org/abs/2203.05794">Grootendorst 2022, section 3.3</a>
 */
final class ClusterTerms {
  private static final String WORD = "\\p{L}[\\p{L}\\p{M}\\p{N}]*(?:'\\p{L}+)*";

  private ClusterTerms() {}

  /** The languages whose stop words MLlib knows. */
  enum StopWords implements Choice {
    NONE,
    DANISH,
    DUTCH,
    ENGLISH,
    FINNISH,
    FRENCH,
    GERMAN,
    HUNGARIAN,
    ITALIAN,
    NORWEGIAN,
    PORTUGUESE,
    RUSSIAN,
    SPANISH,
    SWEDISH,
    TURKISH;

    Object[] words() {
      return this == NONE ? new Object[0] : StopWordsRemover.loadDefaultStopWords(label());
    }

    @Override
    public String toString() {
      return label();
    }
  }

  /**
   * The words of each cluster, best first; of equal ones first by the alphabet. A cluster without
   * words is left out.
   *
   * @param texts in the column named text, each one's cluster in the column named cluster; nulls in
   *     either are left out
   * @param most words a cluster
   */
  static Map<Integer, List<String>> of(Dataset<Row> texts, StopWords stopWords, int most) {
    Dataset<Row> counts =
        texts
            .filter(col("cluster").isNotNull())
            .select(
                col("cluster"),
                explode(
                        regexp_extract_all(
                            lower(translate(col("text"), "’", "'")), lit(WORD), lit(0)))
                    .as("word"))
            .withColumn("word", regexp_replace(col("word"), "'s$", ""))
            .filter(length(col("word")).gt(1).and(not(col("word").isin(stopWords.words()))))
            .groupBy("cluster", "word")
            .count()
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Dataset<Row> clusterWords = counts.groupBy("cluster").agg(sum("count").as("words"));
      Row all = clusterWords.agg(sum("words"), count(lit(1))).first();
      if (all.isNullAt(0)) {
        return Map.of();
      }
      double average = (double) all.getLong(0) / all.getLong(1);
      Dataset<Row> frequencies = counts.groupBy("word").agg(sum("count").as("frequency"));
      Map<Integer, List<String>> terms = new LinkedHashMap<>();
      counts
          .join(frequencies, "word")
          .join(clusterWords, "cluster")
          .withColumn(
              "score",
              col("count")
                  .divide(col("words"))
                  .multiply(log1p(lit(average).divide(col("frequency")))))
          .withColumn(
              "rank",
              row_number()
                  .over(Window.partitionBy("cluster").orderBy(col("score").desc(), col("word"))))
          .filter(col("rank").leq(most))
          .orderBy("cluster", "rank")
          .select("cluster", "word")
          .collectAsList()
          .forEach(
              row ->
                  terms
                      .computeIfAbsent(row.getInt(0), unseen -> new ArrayList<>())
                      .add(row.getString(1)));
      return terms;
    } finally {
      counts.unpersist();
    }
  }
}
