package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * The vectors of the texts of several tables, each distinct text embedded once, and the way from
 * the tables to the vectors: what {@link PairScores} and the other scores of a model are computed
 * from.
 *
 * <pre>{@code
 * Dataset<Row> texts = TextVectors.distinct(List.of(pairs.select("a"), pairs.select("b")));
 * try (TextVectors vectors = TextVectors.embed(texts, embedder, stats)) {
 *   PairScores scores = PairScores.of(pairs, col("score"), col("a"), col("b"), vectors);
 * }
 * }</pre>
 *
 * <p>Texts are equal if they stand alike. The vectors are kept in memory and on disk until this is
 * closed.
 */
public final class TextVectors implements AutoCloseable {
  /** The column of {@link #distinct}. */
  public static final String TEXT = "text";

  private static final String VECTOR = "vector";

  private final Dataset<Row> vectors;

  private TextVectors(Dataset<Row> vectors) {
    this.vectors = vectors;
  }

  /**
   * All texts of these tables once, in the column {@value #TEXT}, by a shuffle; null is none.
   *
   * @param tables at least one, each of a single column of strings
   */
  public static Dataset<Row> distinct(List<Dataset<Row>> tables) {
    return tables.stream()
        .map(table -> table.toDF(TEXT))
        .reduce(Dataset::union)
        .orElseThrow()
        .na()
        .drop()
        .distinct();
  }

  /**
   * Embeds the texts; done when this returns.
   *
   * @param texts of {@link #distinct}, in partitions of your choice
   * @param embedder says how; its columns and its output type do not count
   * @param stats of this call alone
   */
  public static TextVectors embed(
      Dataset<Row> texts, SentenceEmbedder embedder, EmbeddingStats stats) {
    Dataset<Row> vectors =
        embedder
            .copy(ParamMap.empty())
            .setInputCol(TEXT)
            .setOutputCol(VECTOR)
            .setOutputType(OutputType.ARRAY.label())
            .transform(texts, stats)
            .select(TEXT, VECTOR)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      // Before any join: both sides of one would otherwise ask for the vectors at once.
      vectors.count();
    } catch (RuntimeException e) {
      vectors.unpersist();
      throw e;
    }
    return new TextVectors(vectors);
  }

  /**
   * The rows of a table with the vectors of their texts; rows without a text are not there. Their
   * order is lost. A text that was not embedded fails the job: the table has changed meanwhile.
   *
   * @param text the column of texts
   * @param vector the column to come, {@code array<float>}
   */
  Dataset<Row> join(Dataset<Row> rows, String text, String vector) {
    Dataset<Row> right = vectors.toDF("_embedded_text", vector);
    Column missing = col("_embedded_text").isNull();
    return rows.filter(col(text).isNotNull())
        .join(right, col(text).equalTo(col("_embedded_text")), "left_outer")
        .withColumn(
            vector,
            when(
                    missing,
                    raise_error(
                        lit(
                            "A row's text was not there when the texts were embedded: the input has"
                                + " changed meanwhile; run again")))
                .otherwise(col(vector)))
        .drop("_embedded_text");
  }

  /** The components of a row's vector. */
  static float[] components(Row row, int column) {
    List<Float> list = row.getList(column);
    float[] components = new float[list.size()];
    for (int i = 0; i < components.length; i++) {
      components[i] = list.get(i);
    }
    return components;
  }

  @Override
  public void close() {
    vectors.unpersist();
  }
}
