package org.sbertspark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.not;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.evaluation.RerankingMetrics;
import org.sbertspark.evaluation.RerankingMetrics.Query;
import org.sbertspark.job.TaskTable.Holding;
import org.sbertspark.ml.RerankingScores;

/**
 * Reranking: whether the right ones of a query's candidates are nearest to it.
 *
 * @param rows {@code name} and {@code query}, its text, {@code text} and {@code positive}; each may
 *     be null
 */
record RerankingEvaluation(String paths, Dataset<Row> rows) implements Evaluation {
  private static final List<String> QUERY = List.of("query", "qtext");

  static RerankingEvaluation open(TaskOptions options, SparkSession spark, PrintWriter err) {
    TaskTable table = TaskTable.open(options, spark, err);
    Column query = table.column("--query-col", options.queryColumn, QUERY, Holding.TEXT);
    boolean lists = options.textColumn == null && table.has("positive") && table.has("negative");
    return new RerankingEvaluation(
        table.paths(), lists ? ofLists(table, query) : ofCandidates(table, query, options));
  }

  /** A row a candidate, as in TREC QA; the query is named by its text. */
  private static Dataset<Row> ofCandidates(TaskTable table, Column query, TaskOptions options) {
    Column label =
        table.numbers(
            table.column("--label-col", options.labelColumn, List.of("label"), Holding.NUMBER));
    long others = table.rows().filter(label.isNotNull().and(not(label.isin(0.0, 1.0)))).count();
    if (others > 0) {
      throw new JobException(
          "Cannot evaluate task reranking with %s: %,d labels are neither 0 nor 1"
              .formatted(table.paths(), others));
    }
    return table
        .rows()
        .select(
            query.as("name"),
            query.as("query"),
            table
                .column("--text-col", options.textColumn, List.of("text", "atext"), Holding.TEXT)
                .as("text"),
            label.equalTo(1.0).as("positive"));
  }

  /** A row a query, with the arrays {@code positive} and {@code negative}, as in MTEB. */
  private static Dataset<Row> ofLists(TaskTable table, Column query) {
    for (String name : List.of("positive", "negative")) {
      StructField field = table.field("--text-col", null, List.of(name));
      if (!TaskTable.isArrayOf(field, Holding.TEXT)) {
        throw new JobException(
            "Cannot evaluate with column \"%s\" of %s: it is %s, expected array<string>; for a row a candidate name --text-col"
                .formatted(name, table.paths(), field.dataType().catalogString()));
      }
    }
    Dataset<Row> queries =
        table
            .rows()
            .select(
                monotonically_increasing_id().as("name"),
                query.as("query"),
                Columns.named("positive").as("positive"),
                Columns.named("negative").as("negative"));
    return of(queries, "positive", true).union(of(queries, "negative", false));
  }

  private static Dataset<Row> of(Dataset<Row> queries, String list, boolean positive) {
    return queries.select(
        col("name"), col("query"), explode(col(list)).as("text"), lit(positive).as("positive"));
  }

  @Override
  public List<Dataset<Row>> texts() {
    return List.of(rows.na().drop().select("text"));
  }

  @Override
  public List<Dataset<Row>> queries() {
    return List.of(rows.na().drop().select("query"));
  }

  @Override
  public TaskScores evaluate(EvaluationVectors vectors) {
    RerankingScores ranked =
        RerankingScores.of(
            rows,
            col("name"),
            col("query"),
            col("text"),
            col("positive"),
            vectors.queries(),
            vectors.texts());
    if (ranked.queries().isEmpty()) {
      throw new JobException(
          "Cannot rerank %s: of %,d queries none has candidates of both kinds, right and wrong ones"
              .formatted(paths, ranked.notJudged()));
    }
    RerankingMetrics mean = ranked.mean();
    Map<String, Double> scores = new LinkedHashMap<>();
    scores.put("map", mean.map());
    scores.put("mrr", mean.mrrAt10());
    return new TaskScores(
        "queries",
        ranked.queries().size(),
        ranked.notJudged(),
        "map",
        scores,
        TaskScores.meanOf(ranked.queries().stream().mapToDouble(Query::averagePrecision).toArray()),
        List.of(
            String.format(Locale.ROOT, "MAP %.4f, MRR@10 %.4f", mean.map(), mean.mrrAt10()),
            String.format(
                Locale.ROOT,
                "Candidates without a text, label or query: %,d",
                ranked.withoutValue())));
  }
}
