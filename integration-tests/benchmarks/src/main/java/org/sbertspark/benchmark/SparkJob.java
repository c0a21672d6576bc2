package org.sbertspark.benchmark;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.Precision;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.SentenceEmbedder;

/** The whole job on this machine's cores: reads Parquet, embeds, writes Parquet. */
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

  EncodingStats run(Path model, Precision precision, String name) {
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "benchmark");
    new SentenceEmbedder()
        .setModel(model.toString())
        .setPrecision(precision.label())
        .setInputCol("text")
        .setOutputCol("embedding")
        .setOutputType("array")
        .transform(spark.read().parquet(work.resolve(name).toString()), stats)
        .write()
        .mode("overwrite")
        .parquet(work.resolve("embeddings.parquet").toString());
    return stats.value().encoding();
  }

  @Override
  public void close() {
    spark.stop();
  }
}
