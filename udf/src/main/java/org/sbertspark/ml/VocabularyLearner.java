package org.sbertspark.ml;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.sbertspark.model.TextCanonicalizer;
import org.sbertspark.training.BytePairTrainer;
import org.sbertspark.training.BytePairVocabulary;

/**
 * Learns a byte-level BPE vocabulary from tables of texts. The executors count words; only words
 * and their counts reach the driver, which then learns the merges.
 */
public final class VocabularyLearner {

  /**
   * Words that reach the driver, the most frequent ones: some 100 MB. Rarer words of larger data
   * hardly move a count that decides a merge.
   */
  private static final int MAX_WORDS = 300_000;

  private VocabularyLearner() {}

  /**
   * Learns from all texts, null ones aside. Partitions and the rows' order make no difference.
   *
   * @param tables at least one; all their columns are strings
   * @param size of the vocabulary at most, special tokens and the 256 bytes included; it is smaller
   *     if the texts run out of repeated pairs
   * @param lowerCase whether texts are put into lower case first
   */
  public static BytePairVocabulary learn(List<Dataset<Row>> tables, int size, boolean lowerCase) {
    BytePairTrainer trainer = new BytePairTrainer();
    Dataset<Row> texts =
        tables.stream().map(VocabularyLearner::texts).reduce(Dataset::unionAll).orElseThrow();
    texts
        .flatMap(
            (FlatMapFunction<Row, String>) row -> words(row, lowerCase).iterator(),
            Encoders.STRING())
        .toDF("word")
        .groupBy("word")
        .count()
        .orderBy(col("count").desc(), col("word"))
        .limit(MAX_WORDS)
        .collectAsList()
        .forEach(row -> trainer.add(row.getString(0), row.getLong(1)));
    return trainer.train(size);
  }

  /** One column with all texts of all columns. */
  private static Dataset<Row> texts(Dataset<Row> table) {
    Column[] columns =
        Arrays.stream(table.columns())
            .map(name -> col(ColumnNames.quoted(name)))
            .toArray(Column[]::new);
    return table.select(explode(array(columns)).as("text"));
  }

  private static List<String> words(Row row, boolean lowerCase) {
    List<String> words = new ArrayList<>();
    if (!row.isNullAt(0)) {
      String text = TextCanonicalizer.canonical(row.getString(0), lowerCase);
      BytePairTrainer.forEachWord(text, words::add);
    }
    return words;
  }
}
