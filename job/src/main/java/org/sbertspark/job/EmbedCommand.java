package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.job.PartitionPlan.Cut;
import org.sbertspark.ml.DistinctTexts;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.EmbeddingTotals;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.ml.SentenceEmbedder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Appends a column of sentence embeddings to a table. */
@Command(
    name = "embed",
    description = "Appends a column of sentence embeddings to a table; all other columns are kept.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EmbedCommand implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbedCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description =
          "A sentence-transformers folder or a bundle ("
              + ModelBundle.FILE_SUFFIX
              + "), local or on"
              + " hdfs:, s3a:, …, or a name on the Hugging Face hub: [ORGANISATION/]NAME[@REVISION]")
  private String model;

  @Mixin private HubOptions hub;

  @Mixin private InputOptions input;

  @Option(
      names = "--text-col",
      paramLabel = "COLUMN",
      defaultValue = "text",
      description = {
        "The text: a column, several columns to join (a,b), or a template such as"
            + " \"{title}. {body}\". Nulls are left out.",
        "Default: ${DEFAULT-VALUE}."
      })
  private List<String> textColumns;

  @Mixin private OutputOptions output;

  @Option(
      names = "--output-col",
      paramLabel = "COLUMN",
      defaultValue = "embedding",
      description = "The column of the vectors. Default: ${DEFAULT-VALUE}.")
  private String outputColumn;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Partitions to embed in, of about equally many tokens; 0: at most 400000 tokens each, and a"
            + " few for each core. Default: ${DEFAULT-VALUE}."
      })
  private int partitions;

  @Option(
      names = "--dedup",
      description = {
        "Embed each distinct text of the whole input once: for inputs in which many texts occur often"
            + " and far apart. Costs a shuffle; the rows' order is lost."
      })
  private boolean dedup;

  @Option(
      names = "--dry-run",
      description =
          "Embed a sample, say what the run would cost in time and space, and write nothing.")
  private boolean dryRun;

  @Option(
      names = "--json",
      description =
          "Print what the run did as one line of JSON, as it stands in the manifest, in place of"
              + " sentences.")
  private boolean json;

  @Mixin private EncodingOptions encoding;

  @Mixin private CheckpointOptions checkpoint;

  @Mixin private OutcomeOptions outcomes;

  @Mixin private IncrementalOptions incremental;

  /**
   * What is given to the model.
   *
   * @param distinct how the rows get their vectors, if it is not the rows themselves
   * @param costs of the texts
   * @param key that tells the texts apart, if they come from a shuffle
   */
  private record Work(
      Dataset<Row> texts,
      Optional<DistinctTexts> distinct,
      RowCosts costs,
      Column cost,
      Optional<Column> key)
      implements AutoCloseable {

    Cut cut(int partitions, SparkSession spark) {
      return key.isPresent()
          ? PartitionPlan.fitByKey(texts, costs, partitions, spark, key.get())
          : PartitionPlan.fit(texts, costs, partitions, spark);
    }

    Dataset<Row> embed(Dataset<Row> cut, SentenceEmbedder embedder, EmbeddingStats stats) {
      return distinct.isPresent()
          ? distinct.get().embed(cut, stats)
          : embedder.transform(cut, stats);
    }

    @Override
    public void close() {
      distinct.ifPresent(DistinctTexts::close);
    }
  }

  @Override
  @SuppressWarnings("try") // the progress line only has to be closed
  public void run() {
    TextColumn text;
    try {
      output.validate();
      encoding.validate();
      outcomes.validate();
      Arguments.require(
          outcomes.column == null || !dedup,
          "--outcome-col",
          outcomes.column,
          "no --dedup beside it");
      incremental.validate(output.mode, checkpoint.given());
      checkpoint.validate(output.mode);
      Arguments.require(
          !checkpoint.given() || !dedup, "--dedup", dedup, "none beside --checkpoint");
      Arguments.require(!json || !dryRun, "--json", json, "none beside --dry-run");
      Arguments.atLeast("--partitions", partitions, 0, "0 (choose) or more");
      Arguments.require(!outputColumn.isBlank(), "--output-col", "blank", "a column's name");
      text = TextColumn.parse(textColumns);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    if (checkpoint.given() && !dryRun) {
      runResumable(run, spark, text);
      return;
    }
    Input table = new InputReader(spark).open(input);
    PreparedText prepared = PreparedText.of(table.rows(), text);
    refuseExistingColumn(table);
    ResolvedModel resolved = hub.resolve(model);
    ModelBundle bundle = resolved.bundle();
    ExecutorMemory.of(spark.sparkContext(), bundle, encoding.tokensOfAPass(bundle)).tell(err());
    Embedding embedding = encoding.embedding(model, resolved);
    SentenceEmbedder embedder = encoding.embedder(bundle, prepared.column(), outputColumn);
    outcomes.apply(embedder);

    try (OutputWriter writer = OutputWriter.prepare(output, table.roots(), hadoop)) {
      writer
          .before()
          .ifPresent(
              before -> ModelAgreement.checkAppend(output.path, before, outputColumn, embedding));
      int maxTokens = encoding.maxSeqLength(bundle);
      Survey survey = Survey.of(table, RowCosts.ofText(prepared.text(), maxTokens));
      Dataset<Row> rows = table.withoutEmptyCorruptColumn(prepared.rows(), survey);
      Optional<Increment> increment = Optional.empty();
      if (incremental.given()) {
        rows = withHash(rows, prepared, embedding, bundle);
        increment = increment(rows, prepared, embedder, embedding, hadoop);
        rows = increment.map(Increment::changed).orElse(rows);
      }
      long toEmbed = increment.map(i -> i.counts().toEmbed()).orElse(survey.rows());
      boolean asSurveyed = increment.isEmpty();
      try (Work work = work(rows, asSurveyed ? survey : null, embedder, maxTokens)) {
        Cut cut = work.cut(partitions, spark);
        if (dryRun) {
          CostPlan.measure(
                  survey.rows(),
                  work.texts,
                  work.costs,
                  work.cost,
                  cut.partitions(),
                  embedder,
                  spark)
              .print(outputBytes(table, survey, embedding), spec.commandLine().getOut());
          return;
        }
        EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "embed");
        Dataset<Row> embedded;
        long start = System.nanoTime();
        try (Progress progress = Progress.start(spark.sparkContext(), stats, toEmbed, err())) {
          embedded = prepared.drop(work.embed(cut.rows(), embedder, stats));
          if (increment.isPresent()) {
            embedded = increment.get().complete(embedded);
          }
          writer.checkFits(embedded.schema());
          writer.write(embedded);
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        EmbeddingTotals totals = stats.value();
        outcomes.requireFew(totals, output.path);
        Map<String, Embedding> embeddings =
            ModelAgreement.carriedOver(table.roots(), embedded.schema(), hadoop);
        embeddings.put(outputColumn, embedding);
        run.input(table, survey);
        work.distinct.ifPresent(texts -> run.put("distinctTexts", texts.distinctTexts()));
        long written = totals.rowsOut() + increment.map(Increment::rowsTakenOver).orElse(0L);
        increment.ifPresent(i -> run.put("increment", i.counts().byName(incremental.deleted)));
        run.put("rowsWritten", written)
            .put("partitions", cut.partitions())
            .embedding(totals, seconds)
            .environment(spark.sparkContext());
        writer.writeManifest(embedded.schema(), written, embeddings, run.finish());
        writer.commit();
        LOG.info("Embedded {}", run.asLine());
        if (json) {
          spec.commandLine().getOut().println(run.asLine());
        } else {
          report(totals, written, bundle.name(), embedding, survey.malformed(), seconds);
          increment.ifPresent(i -> spec.commandLine().getOut().println(i.counts()));
        }
        warn(totals, embedding, survey.malformed());
      }
    }
  }

  private void runResumable(RunRecord run, SparkSession spark, TextColumn text) {
    ResolvedModel resolved = hub.resolve(model);
    ModelBundle bundle = resolved.bundle();
    ExecutorMemory.of(spark.sparkContext(), bundle, encoding.tokensOfAPass(bundle)).tell(err());
    Embedding embedding = encoding.embedding(model, resolved);
    ResumableRun.Outcome outcome =
        new ResumableRun(
                run,
                input,
                output,
                checkpoint,
                new BatchEmbedding(
                    spark, text, encoding, outcomes, bundle, outputColumn, partitions, err()),
                embedding)
            .run();
    EmbeddingTotals totals = outcome.counts().totals();
    long malformed = outcome.counts().malformed();
    double seconds = outcome.counts().seconds();
    PrintWriter out = spec.commandLine().getOut();
    LOG.info("Embedded {}", run.asLine());
    if (json) {
      out.println(run.asLine());
    } else {
      if (outcome.batches() == 0) {
        out.println("There are no new files to embed");
      } else {
        report(totals, totals.rowsOut(), bundle.name(), embedding, malformed, seconds);
      }
      out.printf(Locale.ROOT, "%s has %,d rows now%n", output.path, outcome.rows());
    }
    warn(totals, embedding, malformed);
  }

  private Dataset<Row> withHash(
      Dataset<Row> rows, PreparedText prepared, Embedding embedding, ModelBundle bundle) {
    if (Columns.has(rows.schema(), incremental.hashColumn)) {
      throw new JobException(
          "Cannot write hashes to column \"%s\": the input has it already; choose another --hash-col"
              .formatted(incremental.hashColumn));
    }
    Column hash = ContentHash.of(embedding, bundle).column(Columns.named(prepared.column()));
    return rows.withColumn(incremental.hashColumn, hash);
  }

  /** What an earlier output saves; nothing if there is none. */
  private Optional<Increment> increment(
      Dataset<Row> rows,
      PreparedText prepared,
      SentenceEmbedder embedder,
      Embedding embedding,
      Configuration hadoop) {
    if (incremental.previous == null) {
      Increment.requireKeys(rows, incremental.key, "the input");
      return Optional.empty();
    }
    StructType embedded = embedder.transformSchema(rows.schema());
    return Optional.of(
        Increment.of(
            rows,
            new Increment.Request(
                incremental,
                Columns.named(prepared.column()),
                Columns.find(embedded, outputColumn).orElseThrow(),
                outcomes.column,
                encoding.handleInvalid == EncodingOptions.InvalidRows.KEEP,
                embedding),
            hadoop));
  }

  /**
   * @param survey of these rows; null if they are those of an increment
   */
  private Work work(Dataset<Row> rows, Survey survey, SentenceEmbedder embedder, int maxTokens) {
    Column cost = RowCosts.ofText(Columns.named(embedder.getInputCol()), maxTokens);
    if (!dedup) {
      RowCosts costs = survey == null ? RowCosts.of(rows, cost) : survey.costs();
      // Whoever has surveyed the rows has read them from files.
      Optional<Column> key =
          survey == null ? Optional.of(Columns.named(incremental.key)) : Optional.empty();
      return new Work(rows, Optional.empty(), costs, cost, key);
    }
    DistinctTexts distinct = DistinctTexts.of(rows, embedder);
    Dataset<Row> texts = distinct.texts();
    return new Work(
        texts,
        Optional.of(distinct),
        RowCosts.of(texts, cost),
        cost,
        Optional.of(Columns.named(embedder.getInputCol())));
  }

  /** The vectors, and all else as large as it is in the input. */
  private long outputBytes(Input table, Survey survey, Embedding embedding) {
    int component = encoding.outputType.bytesOfComponent(output.format);
    return table.sizeBytes() + survey.rows() * embedding.dimension() * component;
  }

  private void refuseExistingColumn(Input table) {
    if (Columns.has(table.rows().schema(), outputColumn)) {
      throw new JobException(
          "Cannot write vectors to column \"%s\": the input has it already; choose another --output-col"
              .formatted(outputColumn));
    }
  }

  private void report(
      EmbeddingTotals totals,
      long written,
      String modelName,
      Embedding embedding,
      long malformed,
      double seconds) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "Embedded %,d rows with %s (%d dimensions) in %s: %,.0f rows/s, %,.0f tokens/s%n",
        totals.rowsIn(),
        modelName,
        embedding.dimension(),
        Progress.duration(seconds),
        totals.rowsIn() / seconds,
        totals.tokens() / seconds);
    out.printf(
        Locale.ROOT,
        "Null texts %,d, skipped %,d, failed %,d, malformed records %,d, truncated %,d, duplicates %,d, padding"
            + " %.1f%%%n",
        totals.nulls(),
        totals.skipped(),
        totals.failed(),
        malformed,
        totals.truncated(),
        totals.duplicates(),
        100 * totals.encoding().paddingShare());
    out.printf("Wrote %,d rows to %s (%s)%n", written, output.path, output.format);
  }

  private void warn(EmbeddingTotals totals, Embedding embedding, long malformed) {
    Warnings.truncation(totals, embedding.maxSeqLength(), err());
    Warnings.halvings(totals, err());
    Warnings.malformed(malformed, err());
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
