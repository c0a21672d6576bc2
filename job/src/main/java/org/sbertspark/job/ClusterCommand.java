package org.sbertspark.job;

import static org.apache.spark.sql.functions.to_json;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.ParamMap;
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
        "Also save the clustering as a PipelineModel of Spark ML, for new rows; the folder must not"
            + " exist yet.",
        "With --model it takes texts, contains the sentence model, and skips null texts."
      })
  private String saveModel;

  @Mixin private EncodingOptions encoding;

  /**
   * The table with its vectors.
   *
   * @param column of the vectors, as MLlib takes them
   * @param embedder what makes them, if they are made
   * @param embeddings what is known of them
   */
  private record Vectors(
      Dataset<Row> rows,
      VectorColumn column,
      Optional<SentenceEmbedder> embedder,
      Map<String, Embedding> embeddings) {}

  @Override
  @SuppressWarnings("try") // the progress line only has to be closed
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
    Optional<SavedModel> saved =
        Optional.ofNullable(saveModel).map(path -> SavedModel.prepare(path, hadoop));
    PreparedText prepared = model == null ? null : PreparedText.of(table.rows(), text);
    if (model != null) {
      refuse(table.rows().schema(), embeddingColumn, "--embedding-col");
    }

    try (OutputWriter writer = OutputWriter.prepare(output, table.roots(), hadoop)) {
      ResolvedModel resolved = model == null ? null : hub.resolve(model);
      Column cost =
          model == null
              ? RowCosts.OF_ANY_ROW
              : RowCosts.ofText(prepared.text(), encoding.maxSeqLength(resolved.bundle()));
      Survey survey = Survey.of(table, cost);
      run.input(table, survey);
      EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "cluster");
      Vectors vectors =
          model == null
              ? given(table, survey, spark, hadoop)
              : embedded(table, prepared, resolved, survey, stats, spark);
      if (writer.appends()) {
        ModelAgreement.checkAppend(
            output.path, writer.before(), embeddingColumn, vectors.embeddings.get(embeddingColumn));
      }
      Dataset<Row> persisted = vectors.rows.persist(StorageLevel.MEMORY_AND_DISK());
      Dataset<Row> rows = vectors.column.addTo(persisted);
      try {
        VectorSurvey counts;
        // The first pass over the persisted rows: what embeds, if anything does.
        long start = System.nanoTime();
        try (Progress progress =
            model == null
                ? null
                : Progress.start(spark.sparkContext(), stats, survey.rows(), err())) {
          counts =
              VectorSurvey.of(rows.select(Columns.named(vectors.column.name())), embeddingColumn);
        }
        if (model != null) {
          run.embedding(stats.value(), (System.nanoTime() - start) / 1e9);
          Warnings.truncation(
              stats.value(), vectors.embeddings.get(embeddingColumn).maxSeqLength(), err());
        }
        Clusters clusters = Clusters.of(rows, vectors.column.name(), clustering, counts);
        Dataset<Row> result = vectors.column.dropFrom(clusters.assigned());
        if (prepared != null) {
          result = prepared.drop(result);
        }
        writer.checkFits(result.schema());
        writer.write(result);
        record(run, counts, clusters);
        run.put("rowsWritten", counts.rows()).environment(spark.sparkContext());
        writer.writeManifest(result.schema(), counts.rows(), vectors.embeddings, run.finish());
        saved.ifPresent(
            place -> place.write(pipeline(table.rows(), prepared, vectors, clusters.model())));
        writer.commit();
        report(counts, clusters, shown(persisted, text));
        Warnings.malformed(survey, err());
        if (writer.appends()) {
          err()
              .printf(
                  "%s: note: a cluster's number means another cluster in the rows that were there%n",
                  Main.NAME);
        }
      } finally {
        persisted.unpersist();
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
    VectorColumn column =
        VectorColumn.of(schema, field)
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot cluster by column \"%s\": it is %s, expected %s"
                            .formatted(
                                embeddingColumn,
                                field.dataType().catalogString(),
                                VectorColumn.EXPECTED)));
    Map<String, Embedding> embeddings = ModelAgreement.carriedOver(table.roots(), schema, hadoop);
    ModelAgreement.ofInputs(
            table.roots(),
            embeddingColumn,
            root ->
                table.format() == InputFormat.PARQUET
                    ? spark.read().parquet(root.toString()).schema()
                    : new StructType(),
            hadoop)
        .ifPresent(embedding -> embeddings.putIfAbsent(embeddingColumn, embedding));
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(table.rows(), survey);
    return new Vectors(
        PartitionPlan.fit(rows, survey.costs(), partitions, spark).rows(),
        column,
        Optional.empty(),
        embeddings);
  }

  private Vectors embedded(
      Input table,
      PreparedText prepared,
      ResolvedModel resolved,
      Survey survey,
      EmbeddingStats stats,
      SparkSession spark) {
    SentenceEmbedder embedder =
        encoding.embedder(resolved.bundle(), prepared.column(), embeddingColumn);
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(prepared.rows(), survey);
    Map<String, Embedding> embeddings =
        ModelAgreement.carriedOver(
            table.roots(), table.rows().schema(), spark.sparkContext().hadoopConfiguration());
    embeddings.put(embeddingColumn, encoding.embedding(model, resolved));
    return new Vectors(
        embedder.transform(
            PartitionPlan.fit(rows, survey.costs(), partitions, spark).rows(), stats),
        new VectorColumn(embeddingColumn, Optional.empty()),
        Optional.of(embedder),
        embeddings);
  }

  /** From a row of the input to its cluster. */
  private PipelineModel pipeline(
      Dataset<Row> input, PreparedText prepared, Vectors vectors, KMeansModel kMeans) {
    List<PipelineStage> stages = new ArrayList<>();
    if (prepared != null) {
      prepared.statement().map(new SQLTransformer()::setStatement).ifPresent(stages::add);
      // MLlib's k-means takes no null vectors.
      stages.add(vectors.embedder.orElseThrow().copy(ParamMap.empty()).setHandleInvalid("skip"));
    }
    vectors.column.statement().map(new SQLTransformer()::setStatement).ifPresent(stages::add);
    stages.add(kMeans);
    // All stages are fitted already: this only puts them together.
    return new Pipeline().setStages(stages.toArray(PipelineStage[]::new)).fit(input);
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
        Arrays.stream(rows.schema().fields())
            .filter(field -> !VectorColumn.holdsVectors(field.dataType()))
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
