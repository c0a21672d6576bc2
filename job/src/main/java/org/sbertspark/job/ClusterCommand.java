package org.sbertspark.job;

import static org.apache.spark.sql.functions.to_json;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups rows by their vectors, or by the vectors of their texts. */
@Command(
    name = "cluster",
    description = {
      "Groups rows by k-means over their vectors, or with --model over those of their texts.",
      "Every row is written with its cluster and its distance to the centre; rows without a usable"
          + " vector have none."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ClusterCommand implements Runnable {
  private static final List<String> VECTOR_TYPES =
      List.of("vector", "array<float>", "array<double>");

  @Spec private CommandSpec spec;

  @Mixin private InputOptions input;

  @Option(
      names = "--embedding-col",
      paramLabel = "COLUMN",
      defaultValue = "embedding",
      description = {
        "The column of vectors: array<float>, array<double> or MLlib's vector. With --model it is"
            + " made and must not exist yet.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String embeddingColumn;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "Embed the texts first, with this model.")
  private String model;

  @Mixin private HubOptions hub;

  @Option(
      names = "--text-col",
      paramLabel = "COLUMN",
      defaultValue = "text",
      description = {
        "The text to embed with --model, or else to show of a cluster's rows; as with embed.",
        "Default: ${DEFAULT-VALUE}."
      })
  private List<String> textColumns;

  @Mixin private ClusterOptions clustering;
  @Mixin private OutputOptions output;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description = "Partitions to work in; 0: choose. Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--save-model",
      paramLabel = "PATH",
      description = {
        "Also save the clustering as a model of Spark ML, which must not exist yet: a KMeansModel,"
            + " or with --model a PipelineModel that contains the sentence model."
      })
  private String saveModel;

  @Mixin private EncodingOptions encoding;

  /** The table with its vectors, and what is known of them. */
  private record Vectors(
      Dataset<Row> rows, Optional<SentenceEmbedder> embedder, Map<String, Embedding> embeddings) {}

  @Override
  public void run() {
    TextColumn text;
    try {
      output.validate();
      encoding.validate();
      clustering.validate();
      Arguments.atLeast("--partitions", partitions, 0, "0 (choose) or more");
      text = TextColumn.parse(textColumns);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Input table = new InputReader(spark).open(input);
    refuse(table.rows().schema(), clustering.clusterColumn, "--cluster-col");
    refuse(table.rows().schema(), clustering.distanceColumn, "--distance-col");
    refuseExistingModel(hadoop);
    PreparedText prepared = model == null ? null : PreparedText.of(table.rows(), text);

    try (OutputWriter writer = OutputWriter.prepare(output, table.roots(), hadoop)) {
      Survey survey = Survey.of(table);
      run.input(table, survey);
      EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "cluster");
      Vectors vectors =
          model == null
              ? given(table, survey, spark, hadoop)
              : embedded(table, prepared, survey, stats, spark);
      if (writer.appends()) {
        ModelAgreement.checkAppend(
            output.path, writer.before(), embeddingColumn, vectors.embeddings.get(embeddingColumn));
      }
      Dataset<Row> rows = vectors.rows.persist(StorageLevel.MEMORY_AND_DISK());
      try (Progress progress =
          model == null
              ? null
              : Progress.start(spark.sparkContext(), stats, survey.rows(), err())) {
        // The first pass over the persisted rows: what embeds, if anything does.
        long start = System.nanoTime();
        VectorSurvey counts =
            VectorSurvey.of(
                rows.select(Columns.named(embeddingColumn)), embeddingColumn, clustering.distance);
        if (progress != null) {
          progress.close();
          run.embedding(stats.value(), (System.nanoTime() - start) / 1e9);
          Warnings.truncation(
              stats.value(), vectors.embeddings.get(embeddingColumn).maxSeqLength(), err());
        }
        Clusters clusters = Clusters.of(rows, embeddingColumn, clustering, counts);
        Dataset<Row> result =
            prepared == null ? clusters.assigned() : prepared.drop(clusters.assigned());
        writer.checkFits(result.schema());
        writer.write(result);
        record(run, counts, clusters);
        run.put("rowsWritten", counts.rows()).environment(spark.sparkContext());
        writer.writeManifest(result.schema(), counts.rows(), vectors.embeddings, run.finish());
        if (saveModel != null) {
          save(vectors.embedder, clusters.model(), rows);
        }
        writer.commit();
        report(counts, clusters, shown(rows, text));
        Warnings.malformed(survey, err());
      } finally {
        rows.unpersist();
      }
    }
  }

  private static void refuse(StructType schema, String column, String option) {
    if (Columns.has(schema, column)) {
      throw new JobException(
          "Cannot write to column \"%s\": the input has it already; choose another %s"
              .formatted(column, option));
    }
  }

  private void refuseExistingModel(Configuration hadoop) {
    if (saveModel == null) {
      return;
    }
    try {
      var path = new org.apache.hadoop.fs.Path(saveModel);
      if (path.getFileSystem(hadoop).exists(path)) {
        throw new JobException(
            "Cannot save the model to %s: it exists; choose another --save-model"
                .formatted(saveModel));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException(
          "Cannot save the model to %s: %s".formatted(saveModel, e.getMessage()), e);
    }
  }

  /** The input's own vectors. */
  private Vectors given(Input table, Survey survey, SparkSession spark, Configuration hadoop) {
    StructType schema = table.rows().schema();
    StructField field =
        Columns.find(schema, embeddingColumn)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot cluster by column \"%s\": the input has no such column, it has: %s; name one with --embedding-col, or embed texts with --model"
                            .formatted(embeddingColumn, Columns.list(schema))));
    if (!VECTOR_TYPES.contains(field.dataType().catalogString())) {
      throw new JobException(
          "Cannot cluster by column \"%s\": it is %s, expected %s"
              .formatted(
                  embeddingColumn,
                  field.dataType().catalogString(),
                  String.join(" or ", VECTOR_TYPES)));
    }
    ModelAgreement.ofInputs(
        table.roots(),
        embeddingColumn,
        root ->
            table.format() == InputFormat.PARQUET
                ? spark.read().parquet(root.toString()).schema()
                : new StructType(),
        hadoop);
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(table.rows(), survey);
    return new Vectors(
        PartitionPlan.fit(rows, survey, partitions, spark),
        Optional.empty(),
        ModelAgreement.carriedOver(table.roots(), schema, hadoop));
  }

  private Vectors embedded(
      Input table, PreparedText prepared, Survey survey, EmbeddingStats stats, SparkSession spark) {
    refuse(table.rows().schema(), embeddingColumn, "--embedding-col");
    ResolvedModel resolved = hub.resolve(model);
    SentenceEmbedder embedder =
        encoding.embedder(resolved.bundle(), prepared.column(), embeddingColumn);
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(prepared.rows(), survey);
    Map<String, Embedding> embeddings =
        ModelAgreement.carriedOver(
            table.roots(), table.rows().schema(), spark.sparkContext().hadoopConfiguration());
    embeddings.put(embeddingColumn, encoding.embedding(model, resolved));
    return new Vectors(
        embedder.transform(PartitionPlan.fit(rows, survey, partitions, spark), stats),
        Optional.of(embedder),
        embeddings);
  }

  private void save(Optional<SentenceEmbedder> embedder, KMeansModel kMeans, Dataset<Row> rows) {
    MLWritable saved = kMeans;
    if (embedder.isPresent()) {
      // All stages are fitted already: this only puts them together.
      saved = new Pipeline().setStages(new PipelineStage[] {embedder.get(), kMeans}).fit(rows);
    }
    MLWriter writer = saved.write();
    try {
      writer.save(saveModel);
    } catch (IOException e) {
      throw new JobException(
          "Cannot save the model to %s: %s".formatted(saveModel, e.getMessage()), e);
    }
  }

  private static void record(RunRecord run, VectorSurvey counts, Clusters clusters) {
    run.put("dimension", counts.dimension())
        .put("nullVectors", counts.nulls())
        .put("zeroVectors", counts.zeros())
        .put("notFiniteVectors", counts.notFinite())
        .put("clusterSizes", clusters.sizes());
    clusters.silhouette().ifPresent(value -> run.put("silhouette", RunRecord.rounded(value)));
  }

  /**
   * What stands for a row in the report: its text if there is one, else the row without vectors.
   */
  private Column shown(Dataset<Row> rows, TextColumn text) {
    if (model != null || text.columns().stream().allMatch(c -> Columns.has(rows.schema(), c))) {
      return text.in(rows);
    }
    Column[] others =
        java.util.Arrays.stream(rows.schema().fields())
            .filter(field -> !VECTOR_TYPES.contains(field.dataType().catalogString()))
            .map(field -> Columns.named(field.name()))
            .toArray(Column[]::new);
    return others.length == 0 ? functions.lit("") : to_json(functions.struct(others));
  }

  private void report(VectorSurvey counts, Clusters clusters, Column shown) {
    PrintWriter out = spec.commandLine().getOut();
    clusters.print(out, shown);
    out.printf(
        Locale.ROOT,
        "Clustered %,d of %,d rows into %d clusters; without: null %,d, zero %,d, not finite %,d%n",
        counts.usable(),
        counts.rows(),
        clusters.sizes().size(),
        counts.nulls(),
        counts.zeros(),
        counts.notFinite());
    out.printf("Wrote %,d rows to %s (%s)%n", counts.rows(), output.path, output.format);
    if (saveModel != null) {
      out.printf("Saved the model to %s%n", saveModel);
    }
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
