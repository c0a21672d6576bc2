package org.sbertspark.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.InProcess;

/**
 * The whole job on this machine's cores, by the command {@code embed} as it comes: looks through
 * the Parquet files, cuts the rows into partitions, embeds, writes Parquet and a manifest.
 */
final class SparkJob implements AutoCloseable {
  private final SparkSession spark;
  private final Path work;

  SparkJob(Path work) {
    this.work = work;
    spark = LocalSpark.open(Machine.cores());
  }

  /** Writes the texts, a file a core. */
  void write(List<String> texts, String name) {
    spark
        .createDataset(texts, Encoders.STRING())
        .toDF("text")
        .repartition(Machine.cores())
        .write()
        .mode("overwrite")
        .parquet(work.resolve(name).toString());
  }

  EncodingStats run(Path model, Precision precision, String name) throws IOException {
    Path output = work.resolve("embeddings");
    InProcess.run(
        "embed",
        "--model",
        model.toString(),
        "--precision",
        precision.label(),
        "--input",
        work.resolve(name).toString(),
        "--output",
        output.toString(),
        "--mode",
        "overwrite");
    JsonNode run = EmbedRun.manifest(output);
    long tokens = run.get("tokens").longValue();
    return new EncodingStats(
        run.get("rows").longValue(),
        run.get("truncated").longValue(),
        run.get("duplicates").longValue(),
        tokens,
        // The texts are distinct.
        tokens,
        run.get("computedTokens").longValue(),
        run.get("forwardPasses").longValue());
  }

  @Override
  public void close() {
    spark.stop();
  }
}
