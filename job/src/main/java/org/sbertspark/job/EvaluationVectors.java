package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.IndexEncoding;
import org.sbertspark.ml.SentenceEmbedder;
import org.sbertspark.ml.TextVectors;

/**
 * A model's vectors of all texts of all tasks, each distinct text embedded once.
 *
 * @param texts as they are, with the model's default prompt if it has one
 * @param queries with the model's prompt for queries if it has one; else the same object
 * @param totals of both
 * @param device that compares vectors
 */
record EvaluationVectors(
    TextVectors texts, TextVectors queries, EmbeddingTotals totals, DeviceChoice device)
    implements AutoCloseable {

  /** Embeds. */
  static EvaluationVectors of(
      List<Evaluation> tasks,
      ModelBundle bundle,
      EmbedderOptions encoding,
      SparkSession spark,
      PrintWriter err) {
    SentenceEmbedder embedder = encoding.embedder(bundle, TextVectors.TEXT, "vector");
    SentenceEmbedder asked = embedder.copy(ParamMap.empty());
    if (!encoding.choosesPrompt() && bundle.prompts().containsKey(IndexEncoding.QUERY_PROMPT)) {
      asked.setPromptName(IndexEncoding.QUERY_PROMPT);
    }
    List<Dataset<Row>> texts = all(tasks, Evaluation::texts);
    List<Dataset<Row>> queries = all(tasks, Evaluation::queries);
    int maxTokens = encoding.maxSeqLength(bundle);
    boolean same = asked.chosenPrompt(bundle).equals(embedder.chosenPrompt(bundle));
    if (same || queries.isEmpty()) {
      texts.addAll(queries);
      Embedded one = embed(texts, embedder, maxTokens, spark, err);
      return new EvaluationVectors(one.vectors, one.vectors, one.totals, encoding.device.device);
    }
    Embedded first = embed(texts, embedder, maxTokens, spark, err);
    try {
      Embedded second = embed(queries, asked, maxTokens, spark, err);
      return new EvaluationVectors(
          first.vectors, second.vectors, first.totals.plus(second.totals), encoding.device.device);
    } catch (RuntimeException e) {
      first.vectors.close();
      throw e;
    }
  }

  private static List<Dataset<Row>> all(
      List<Evaluation> tasks, Function<Evaluation, List<Dataset<Row>>> tables) {
    return new ArrayList<>(tasks.stream().flatMap(task -> tables.apply(task).stream()).toList());
  }

  private record Embedded(TextVectors vectors, EmbeddingTotals totals) {}

  @SuppressWarnings("try") // the progress line only has to be closed
  private static Embedded embed(
      List<Dataset<Row>> tables,
      SentenceEmbedder embedder,
      int maxTokens,
      SparkSession spark,
      PrintWriter err) {
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "evaluate");
    // The pass that counts, and the one that embeds.
    Dataset<Row> distinct = TextVectors.distinct(tables).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      RowCosts costs =
          RowCosts.of(distinct, RowCosts.ofText(functions.col(TextVectors.TEXT), maxTokens));
      Dataset<Row> cut =
          PartitionPlan.fitByKey(distinct, costs, 0, spark, functions.col(TextVectors.TEXT)).rows();
      try (Progress progress = Progress.start(spark.sparkContext(), stats, costs.rows(), err)) {
        return new Embedded(TextVectors.embed(cut, embedder, stats), stats.value());
      }
    } finally {
      distinct.unpersist();
    }
  }

  @Override
  public void close() {
    texts.close();
    if (queries != texts) {
      queries.close();
    }
  }
}
