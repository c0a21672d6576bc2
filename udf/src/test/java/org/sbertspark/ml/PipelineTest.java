package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.many;
import static org.sbertspark.ml.Texts.numbered;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class PipelineTest {
  private final SparkSession spark = SparkTestSession.get();

  @Test
  void textsAreClusteredInOneGo() {
    Dataset<Row> texts = numbered(List.of("one text", "one text", "13 37 42", "13 37 42"), 2);
    KMeans kMeans =
        new KMeans().setFeaturesCol("embedding").setK(2).setSeed(1).setDistanceMeasure("cosine");
    PipelineModel fitted = pipeline(embedder(), kMeans).fit(texts);
    List<Integer> clusters =
        fitted.transform(texts).orderBy("id").collectAsList().stream()
            .map(row -> row.<Integer>getAs("prediction"))
            .toList();
    assertThat(clusters.get(0)).isEqualTo(clusters.get(1)).isNotEqualTo(clusters.get(2));
    assertThat(clusters.get(2)).isEqualTo(clusters.get(3));
  }

  @Test
  void crossValidationChoosesAmongParamsOfTheStage() {
    Dataset<Row> labelled = many(24, 2).withColumn("label", col("id").mod(2).cast("double"));
    SentenceEmbedder embedder = embedder();
    LogisticRegression classifier =
        new LogisticRegression().setFeaturesCol("embedding").setMaxIter(3);
    ParamMap[] grid =
        new ParamGridBuilder().addGrid(embedder.maxSeqLength(), new int[] {4, 16}).build();
    CrossValidatorModel best =
        new CrossValidator()
            .setEstimator(pipeline(embedder, classifier))
            .setEstimatorParamMaps(grid)
            .setEvaluator(new MulticlassClassificationEvaluator())
            .setNumFolds(2)
            .setSeed(1)
            .fit(labelled);
    assertThat(best.avgMetrics()).hasSize(2);
    PipelineModel chosen = (PipelineModel) best.bestModel();
    assertThat(((SentenceEmbedder) chosen.stages()[0]).getMaxSeqLength()).isIn(4, 16);
    assertThat(chosen.transform(labelled).select("prediction").collectAsList()).hasSize(24);
  }

  @Test
  void aStreamIsEmbeddedLikeATable(@TempDir Path input) throws Exception {
    Dataset<Row> stream = spark.readStream().schema(Texts.SCHEMA).json(input.toString());
    Dataset<Row> embedded = embedder().transform(stream);
    assertThat(embedded.isStreaming()).isTrue();
    StreamingQuery query =
        embedded.writeStream().format("memory").queryName("streamed").outputMode("append").start();
    try {
      Files.writeString(input.resolve("1.json"), "{\"id\": 0, \"text\": \"first\"}\n{\"id\": 1}\n");
      query.processAllAvailable();
      Files.writeString(input.resolve("2.json"), "{\"id\": 2, \"text\": \"second\"}\n");
      query.processAllAvailable();
    } finally {
      query.stop();
    }
    List<Row> streamed = spark.table("streamed").orderBy("id").collectAsList();
    List<Row> table =
        embedder()
            .transform(spark.read().schema(Texts.SCHEMA).json(input.toString()))
            .orderBy("id")
            .collectAsList();
    assertThat(streamed).isEqualTo(table).hasSize(3);
    assertThat(streamed.get(1).isNullAt(2)).isTrue();
  }

  private static Pipeline pipeline(PipelineStage... stages) {
    return new Pipeline().setStages(stages);
  }
}
