package org.sbertspark.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.ml.SentenceEmbedder;

/**
 * A Spark application: embeds in two jobs and a pipeline, then asks each executor's JVM what it
 * did. Writes {@code {"tasks": {executor: n}, "loads": {executor: n}, "openEncoders": {executor:
 * n}}}.
 */
public final class LoadProbe {
  private static final int PARTITIONS = 16;

  private LoadProbe() {}

  /**
   * Writes the counts as JSON.
   *
   * @param arguments model folder, file to write
   */
  public static void main(String[] arguments) throws IOException {
    try (SparkSession spark = SparkSession.builder().appName("load probe").getOrCreate()) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        texts.add("text number " + i + " of several");
      }
      Dataset<Row> table =
          spark.createDataset(texts, Encoders.STRING()).toDF("text").repartition(PARTITIONS);
      SentenceEmbedder embedder =
          new SentenceEmbedder().setModel(arguments[0]).setInputCol("text").setOutputCol("vector");
      Map<String, Integer> tasks = new TreeMap<>();
      for (int job = 0; job < 2; job++) {
        for (String executor : executorOfEachTask(embedder.transform(table))) {
          tasks.merge(executor, 1, Integer::sum);
        }
      }
      PipelineModel pipeline =
          new Pipeline()
              .setStages(
                  new PipelineStage[] {
                    embedder, new KMeans().setK(3).setSeed(1).setFeaturesCol("vector")
                  })
              .fit(table);
      pipeline.transform(table).select("prediction").collectAsList();

      Map<String, Integer> loads = new TreeMap<>();
      Map<String, Integer> open = new TreeMap<>();
      for (String answer : ask(table)) {
        String[] words = answer.split(" ", -1);
        loads.put(words[0], Integer.valueOf(words[1]));
        open.put(words[0], Integer.valueOf(words[2]));
      }
      new ObjectMapper()
          .writeValue(
              Path.of(arguments[1]).toFile(),
              Map.of("tasks", tasks, "loads", loads, "openEncoders", open));
    }
  }

  private static List<String> executorOfEachTask(Dataset<Row> embedded) {
    return embedded
        .mapPartitions(
            (MapPartitionsFunction<Row, String>)
                rows -> {
                  while (rows.hasNext()) {
                    rows.next();
                  }
                  return List.of(SparkEnv.get().executorId()).iterator();
                },
            Encoders.STRING())
        .collectAsList();
  }

  private static List<String> ask(Dataset<Row> table) {
    return table
        .mapPartitions(
            (MapPartitionsFunction<Row, String>)
                rows ->
                    List.of(
                            "%s %d %d"
                                .formatted(
                                    SparkEnv.get().executorId(),
                                    SharedModels.loads(),
                                    SharedModels.openEncoders()))
                        .iterator(),
            Encoders.STRING())
        .collectAsList();
  }
}
