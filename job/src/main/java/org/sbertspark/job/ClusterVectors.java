package org.sbertspark.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.SentenceEmbedder;

/**
 * The table to cluster, with its vectors.
 *
 * @param column of the vectors, as MLlib takes them
 * @param embedder what makes them, if they are made
 * @param embeddings what is known of the columns of vectors, by their names
 */
record ClusterVectors(
    Dataset<Row> rows,
    VectorColumn column,
    Optional<SentenceEmbedder> embedder,
    Map<String, Embedding> embeddings) {

  /**
   * The input's own vectors.
   *
   * @param partitions 0: choose
   * @throws JobException if the column is missing, holds no vectors or those of several models
   */
  static ClusterVectors given(
      Input table, Survey survey, String name, int partitions, SparkSession spark) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    StructType schema = table.rows().schema();
    StructField field =
        Columns.find(schema, name)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot cluster by column \"%s\": the input has no such column, it has: %s; name one with --embedding-col, or embed texts with --model"
                            .formatted(name, Columns.list(schema))));
    VectorColumn column =
        VectorColumn.of(schema, field)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot cluster by column \"%s\": it is %s, expected %s"
                            .formatted(
                                name, field.dataType().catalogString(), VectorColumn.EXPECTED)));
    Map<String, Embedding> embeddings = ModelAgreement.carriedOver(table.roots(), schema, hadoop);
    ModelAgreement.ofInputs(
            table.roots(),
            name,
            root ->
                table.format() == InputFormat.PARQUET
                    ? spark.read().parquet(root.toString()).schema()
                    : new StructType(),
            hadoop)
        .ifPresent(embedding -> embeddings.putIfAbsent(name, embedding));
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(table.rows(), survey);
    return new ClusterVectors(
        PartitionPlan.fit(rows, survey.costs(), partitions, spark).rows(),
        column,
        Optional.empty(),
        embeddings);
  }

  /**
   * From a row of the input to its cluster, as a fitted pipeline.
   *
   * @param text what the vectors are made of, if they are made
   */
  PipelineModel pipeline(Dataset<Row> input, Optional<PreparedText> text, ClusterModel model) {
    List<PipelineStage> stages = new ArrayList<>();
    text.flatMap(PreparedText::statement)
        .map(new SQLTransformer()::setStatement)
        .ifPresent(stages::add);
    // MLlib's algorithms take no null vectors.
    embedder
        .map(stage -> stage.copy(ParamMap.empty()).setHandleInvalid("skip"))
        .ifPresent(stages::add);
    column.statement().map(new SQLTransformer()::setStatement).ifPresent(stages::add);
    stages.add(model.stage().apply(column.name()));
    // All stages are fitted already: this only puts them together.
    return new Pipeline().setStages(stages.toArray(PipelineStage[]::new)).fit(input);
  }
}
