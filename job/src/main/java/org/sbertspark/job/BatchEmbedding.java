package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.Checkpoint.Batch;
import org.sbertspark.job.Input.Malformed;
import org.sbertspark.job.Input.Mode;
import org.sbertspark.job.InputReader.Parsing;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.SentenceEmbedder;

/**
 * Embeds one micro-batch after the other, each as a table of its own.
 *
 * @param text where the text is
 * @param encoding how it becomes a vector
 * @param outcomes what is said of each row
 * @param outputColumn of the vectors
 * @param partitions of a batch; 0: choose
 * @param err where progress is told
 */
record BatchEmbedding(
    SparkSession spark,
    TextColumn text,
    EncodingOptions encoding,
    OutcomeOptions outcomes,
    ModelBundle bundle,
    String outputColumn,
    int partitions,
    PrintWriter err) {

  /**
   * The columns that all batches have.
   *
   * @param input columns of the input
   */
  StructType schema(StructType input, Parsing parsing) {
    PreparedText prepared = PreparedText.of(table(empty(input), parsing).rows(), text);
    return embedded(prepared, prepared.rows(), stats()).schema();
  }

  private Dataset<Row> empty(StructType schema) {
    return spark.createDataFrame(List.of(), schema);
  }

  /**
   * Embeds a batch, writes it to a folder, and counts.
   *
   * @param before what all runs of the checkpoint have done before
   * @throws JobException if more rows have failed than may
   */
  @SuppressWarnings("try") // the progress line only has to be closed
  Batch write(Dataset<Row> batch, Parsing parsing, WriteOptions output, Path folder, Batch before) {
    long start = System.nanoTime();
    Input table = table(batch, parsing);
    PreparedText prepared = PreparedText.of(table.rows(), text);
    Survey survey =
        Survey.of(table, RowCosts.ofText(prepared.text(), encoding.maxSeqLength(bundle)));
    Dataset<Row> cut = PartitionPlan.fit(prepared.rows(), survey.costs(), partitions, spark).rows();
    EmbeddingStats stats = stats();
    try (Progress progress = Progress.start(spark.sparkContext(), stats, survey.rows(), err)) {
      OutputWriter.save(embedded(prepared, cut, stats), output, folder);
    }
    outcomes.requireFew(before.totals().plus(stats.value()), "the last batch");
    return new Batch(stats.value(), survey.malformed(), (System.nanoTime() - start) / 1e9);
  }

  private Dataset<Row> embedded(PreparedText prepared, Dataset<Row> rows, EmbeddingStats stats) {
    SentenceEmbedder embedder = encoding.embedder(bundle, prepared.column(), outputColumn);
    outcomes.apply(embedder);
    return prepared.drop(embedder.transform(rows, stats));
  }

  private EmbeddingStats stats() {
    return EmbeddingStats.register(spark.sparkContext(), "embed");
  }

  /**
   * A batch as a table. A column of malformed records stays in it even if there are none: all
   * batches have the same columns.
   */
  private static Input table(Dataset<Row> batch, Parsing parsing) {
    Optional<Malformed> malformed =
        parsing.corruptColumn().map(name -> new Malformed(parsing.mode(), name, batch));
    Dataset<Row> rows = batch;
    if (malformed.isPresent() && parsing.mode() != Mode.PERMISSIVE) {
      Column corrupt = Columns.named(malformed.get().column());
      rows = batch.filter(corrupt.isNull()).drop(corrupt);
    }
    return new Input(rows, parsing.format(), List.of(), 0, malformed);
  }
}
