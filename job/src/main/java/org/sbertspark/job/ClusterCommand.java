package org.sbertspark.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.job.report.ReportPage;
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
      "Every row is written with its cluster, its distance to the centre and an outlier score; rows"
          + " without a usable vector have none."
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
        "The text to embed with --model, or else to show and to name clusters by; as with embed.",
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

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = {
        "Also write a page to look at: one HTML file that needs no network, with a map, the clusters,"
            + " their terms and exemplars, outliers, and a table that sorts and filters.",
        "Larger tables are sampled there; it holds shortened texts of the rows that it shows."
      })
  private String report;

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
    refuse(table.rows().schema(), clustering.outlierColumn, "--outlier-col");
    Optional<SavedModel> saved =
        Optional.ofNullable(saveModel).map(path -> SavedModel.prepare(path, hadoop));
    Optional<ReportFile> page =
        Optional.ofNullable(report).map(file -> ReportFile.prepare(file, output, hadoop));
    Optional<PreparedText> prepared =
        model == null ? Optional.empty() : Optional.of(PreparedText.of(table.rows(), text));
    if (model != null) {
      refuse(table.rows().schema(), embeddingColumn, "--embedding-col");
    }
    Optional<Column> shown = text(table.rows(), text);

    try (OutputWriter writer = OutputWriter.prepare(output, table.roots(), hadoop)) {
      Optional<ResolvedModel> resolved = Optional.ofNullable(model).map(hub::resolve);
      Survey survey = Survey.of(table, cost(prepared, resolved));
      run.input(table, survey);
      Optional<Column> label =
          Optional.ofNullable(clustering.labelColumn)
              .map(name -> LabelAgreement.column(table.rows(), name));
      EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "cluster");
      ClusterVectors vectors =
          resolved
              .map(m -> embedded(table, prepared.orElseThrow(), m, survey, stats, spark))
              .orElseGet(
                  () -> ClusterVectors.given(table, survey, embeddingColumn, partitions, spark));
      writer
          .before()
          .ifPresent(
              before ->
                  ModelAgreement.checkAppend(
                      output.path,
                      before,
                      embeddingColumn,
                      vectors.embeddings().get(embeddingColumn)));
      Dataset<Row> persisted = vectors.rows().persist(StorageLevel.MEMORY_AND_DISK());
      try {
        Dataset<Row> rows = vectors.column().addTo(persisted);
        VectorSurvey counts = survey(rows, vectors, survey, stats, run);
        Clusters clusters = Clusters.of(rows, vectors.column().name(), clustering, counts);
        try (ClusterRows described =
            ClusterRows.of(
                clusters.assigned(), vectors.column().name(), clustering, shown, label)) {
          ClusterSummary summary = ClusterSummary.of(clusters, described, clustering.stopWords);

          Dataset<Row> whole = vectors.column().dropFrom(clusters.assigned());
          Dataset<Row> result = prepared.map(texts -> texts.drop(whole)).orElse(whole);
          writer.checkFits(result.schema());
          writer.write(result);
          counts.record(run);
          summary.record(run);
          run.put("rowsWritten", counts.rows()).environment(spark.sparkContext());
          writer.writeManifest(result.schema(), counts.rows(), vectors.embeddings(), run.finish());
          saved.ifPresent(
              place -> place.write(vectors.pipeline(table.rows(), prepared, clusters.model())));
          page.ifPresent(
              place -> {
                ObjectNode data =
                    ClusterReport.of(
                        summary, described, clustering, counts, new Path(output.path).getName());
                place.write(
                    out -> ReportPage.CLUSTERS.write(data, BuildInfo.CURRENT.chartJs(), out));
              });
          writer.commit();
          summary.print(spec.commandLine().getOut());
          print(counts, summary);
          warn(survey, writer);
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

  /**
   * The rows' text: what is embedded, what was asked for, or what there is.
   *
   * @throws JobException if a column that was asked for is missing or no string
   */
  private Optional<Column> text(Dataset<Row> rows, TextColumn text) {
    boolean there = text.columns().stream().allMatch(c -> Columns.has(rows.schema(), c));
    boolean asked = spec.commandLine().getParseResult().hasMatchedOption("--text-col");
    return there || asked || model != null ? Optional.of(text.in(rows)) : Optional.empty();
  }

  /** What a row costs: its text's tokens if it is embedded. */
  private Column cost(Optional<PreparedText> text, Optional<ResolvedModel> resolved) {
    return resolved
        .map(m -> RowCosts.ofText(text.orElseThrow().text(), encoding.maxSeqLength(m.bundle())))
        .orElse(RowCosts.OF_ANY_ROW);
  }

  private ClusterVectors embedded(
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
    return new ClusterVectors(
        embedder.transform(
            PartitionPlan.fit(rows, survey.costs(), partitions, spark).rows(), stats),
        new VectorColumn(embeddingColumn, Optional.empty()),
        Optional.of(embedder),
        embeddings);
  }

  /** The first pass over the persisted rows: what embeds, if anything does. */
  @SuppressWarnings("try") // the progress line only has to be closed
  private VectorSurvey survey(
      Dataset<Row> rows,
      ClusterVectors vectors,
      Survey survey,
      EmbeddingStats stats,
      RunRecord run) {
    Dataset<Row> column = rows.select(Columns.named(vectors.column().name()));
    if (vectors.embedder().isEmpty()) {
      return VectorSurvey.of(column, embeddingColumn);
    }
    long start = System.nanoTime();
    VectorSurvey counts;
    try (Progress progress =
        Progress.start(rows.sparkSession().sparkContext(), stats, survey.rows(), err())) {
      counts = VectorSurvey.of(column, embeddingColumn);
    }
    run.embedding(stats.value(), (System.nanoTime() - start) / 1e9);
    Warnings.truncation(
        stats.value(), vectors.embeddings().get(embeddingColumn).maxSeqLength(), err());
    return counts;
  }

  private void print(VectorSurvey counts, ClusterSummary summary) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "Clustered %,d of %,d rows into %d clusters; without: null %,d, zero %,d, not finite %,d%n",
        counts.usable(),
        counts.rows(),
        summary.clusters().size(),
        counts.nulls(),
        counts.zeros(),
        counts.notFinite());
    out.printf("Wrote %,d rows to %s (%s)%n", counts.rows(), output.path, output.format);
    if (saveModel != null) {
      out.printf("Saved the model to %s%n", saveModel);
    }
    if (report != null) {
      out.printf("Wrote the report to %s%n", report);
    }
  }

  private void warn(Survey survey, OutputWriter writer) {
    Warnings.malformed(survey.malformed(), err());
    if (writer.appends()) {
      err()
          .printf(
              "%s: note: a cluster's number means another cluster in the rows that were there%n",
              Main.NAME);
    }
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
