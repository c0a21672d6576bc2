package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.sum;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.SentenceEmbedder;

/**
 * What embedding is going to cost, from a sample that was embedded on the executors there are.
 *
 * @param rows to be written
 * @param texts to be embedded
 * @param tokens of these texts after truncation
 * @param truncatedShare texts that are cut, 0 to 1
 * @param partitions to embed in
 * @param tasks that run at a time, if there are partitions enough
 * @param cores of these tasks
 * @param tokensPerSecond of all cores together
 * @param sampled texts that the speed was measured with
 */
record CostPlan(
    long rows,
    long texts,
    long tokens,
    double truncatedShare,
    int partitions,
    int tasks,
    int cores,
    double tokensPerSecond,
    long sampled) {

  /** At most a window of each core is sampled, and about so many seconds long. */
  private static final int SAMPLED_ROWS_OF_A_CORE = 2048;

  private static final double SECONDS = 5;
  private static final int WARMING_ROWS_OF_A_CORE = 4;
  private static final int SAMPLED_ROWS_AT_LEAST = 32;
  private static final long SEED = 1;

  /** How many ids monotonically_increasing_id has for a partition. */
  private static final long ROW_BITS = 1L << 33;

  /**
   * Embeds a sample. Writes nothing.
   *
   * @param rows that the output will have
   * @param texts the rows to embed
   * @param costs of these rows
   * @param cost of such a row
   */
  static CostPlan measure(
      long rows,
      Dataset<Row> texts,
      RowCosts costs,
      Column cost,
      int partitions,
      SentenceEmbedder embedder,
      SparkSession spark) {
    SparkContext context = spark.sparkContext();
    // What runs at a time now: the cores of executors that are yet to come are not counted.
    int tasks =
        Math.max(
            1,
            context.maxNumConcurrentTasks(
                context.resourceProfileManager().defaultResourceProfile()));
    double fraction =
        Math.min(1, (double) SAMPLED_ROWS_OF_A_CORE * tasks / Math.max(1, costs.rows()));
    Column text = Columns.named(embedder.getInputCol());
    Dataset<Row> sample =
        texts
            .select(text, cost.as("cost"))
            .filter(text.isNotNull())
            .sample(fraction, SEED)
            .repartition(tasks)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      // The first time, every executor loads the model.
      embed(firstOfEach(sample, 1), embedder, context);
      Run warm = embed(firstOfEach(sample, WARMING_ROWS_OF_A_CORE), embedder, context);
      long suitable = Math.round(SECONDS * warm.totals.rowsIn() / tasks / warm.seconds);
      Dataset<Row> measured =
          firstOfEach(
              sample, Math.max(SAMPLED_ROWS_AT_LEAST, Math.min(SAMPLED_ROWS_OF_A_CORE, suitable)));
      Run run = embed(measured, embedder, context);
      EmbeddingTotals totals = run.totals;
      long estimated = measured.agg(coalesce(sum("cost"), lit(0L))).first().getLong(0);
      double tokensOfEstimate = estimated == 0 ? 1 : totals.tokens() / (double) estimated;
      double truncated = totals.rowsIn() == 0 ? 0 : totals.truncated() / (double) totals.rowsIn();
      return new CostPlan(
          rows,
          costs.rows(),
          Math.round(costs.total() * tokensOfEstimate),
          truncated,
          partitions,
          tasks,
          tasks * context.conf().getInt("spark.task.cpus", 1),
          totals.tokens() / run.seconds,
          totals.rowsIn());
    } finally {
      sample.unpersist();
    }
  }

  private record Run(EmbeddingTotals totals, double seconds) {}

  private static Run embed(Dataset<Row> texts, SentenceEmbedder embedder, SparkContext context) {
    EmbeddingStats stats = EmbeddingStats.register(context, "dry run");
    long start = System.nanoTime();
    embedder.transform(texts, stats).write().format("noop").mode("overwrite").save();
    return new Run(stats.value(), (System.nanoTime() - start) / 1e9);
  }

  private static Dataset<Row> firstOfEach(Dataset<Row> sample, long rows) {
    return sample.filter(monotonically_increasing_id().mod(ROW_BITS).lt(rows));
  }

  /** Until all is embedded, once the model is loaded. */
  double seconds() {
    return tokens == 0 ? 0 : tokens / (tokensPerSecond * Math.min(1, partitions / (double) tasks));
  }

  double coreHours() {
    return seconds() * cores / 3600;
  }

  /**
   * The lines of the report.
   *
   * @param done rows that earlier runs have embedded; empty: there is no checkpoint
   * @param outputBytes what the output will have, about
   */
  void print(OptionalLong done, long outputBytes, PrintWriter out) {
    out.println("Dry run: nothing was written");
    line(out, "rows", "%,d", rows);
    done.ifPresent(
        count -> line(out, "embedded before", "%,d rows; what follows is for all", count));
    line(out, "texts to embed", "%,d", texts);
    line(
        out, "tokens", "about %,d (%.1f a text)", tokens, texts == 0 ? 0 : tokens / (double) texts);
    line(out, "truncated", "about %.1f%% of the texts", 100 * truncatedShare);
    line(
        out,
        "speed",
        "%,.0f tokens/s on %d cores, measured with %,d texts",
        tokensPerSecond,
        cores,
        sampled);
    line(out, "expected time", "%s in %,d partitions", Progress.duration(seconds()), partitions);
    line(out, "core-hours", "%.3f", coreHours());
    line(out, "output", "about %s", size(outputBytes));
  }

  /**
   * Adds the plan to what is said of a run.
   *
   * @param outputBytes what the output will have, about
   */
  RunRecord record(long outputBytes, RunRecord run) {
    return run.put("texts", texts)
        .put("expectedTokens", tokens)
        .put("truncatedShare", RunRecord.rounded(truncatedShare))
        .put("partitions", partitions)
        .put("cores", cores)
        .put("sampledTexts", sampled)
        .put("tokensPerSecond", RunRecord.rounded(tokensPerSecond))
        .put("expectedSeconds", RunRecord.rounded(seconds()))
        .put("expectedCoreHours", RunRecord.rounded(coreHours()))
        .put("expectedOutputBytes", outputBytes);
  }

  private static void line(PrintWriter out, String what, String format, Object... values) {
    out.printf(Locale.ROOT, "%-16s%s%n", what, String.format(Locale.ROOT, format, values));
  }

  private static String size(long bytes) {
    if (bytes < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%,.1f GB", bytes / 1e9);
  }
}
