package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
          "Print what the run did as one line of JSON, as it stands in the manifest, or what a dry"
              + " run expects, in place of sentences.")
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
    Source source = source(spark, text);
    if (dryRun) {
      plan(run, source, text, hadoop);
    } else {
      embed(run, source, hadoop);
    }
  }

  /** The input, with the model that goes over it. */
  private record Source(
      SparkSession spark,
      Input table,
      PreparedText text,
      ModelBundle bundle,
      Embedding embedding,
      SentenceEmbedder embedder) {}

  private Source source(SparkSession spark, TextColumn text) {
    Input table = new InputReader(spark).open(input);
    PreparedText prepared = PreparedText.of(table.rows(), text);
    refuseExistingColumn(table);
    ResolvedModel resolved = hub.resolve(model);
    ModelBundle bundle = resolved.bundle();
    ExecutorMemory.of(spark.sparkContext(), bundle, encoding.tokensOfAPass(bundle)).tell(err());
    SentenceEmbedder embedder = encoding.embedder(bundle, prepared.column(), outputColumn);
    outcomes.apply(embedder);
    return new Source(
        spark, table, prepared, bundle, encoding.embedding(model, resolved), embedder);
  }

  private OutputWriter prepareOutput(Source source, Configuration hadoop) {
    OutputWriter writer = OutputWriter.prepare(output, source.table.roots(), hadoop);
    writer
        .before()
        .ifPresent(
            before ->
                ModelAgreement.checkAppend(output.path, before, outputColumn, source.embedding));
    return writer;
  }

  /**
   * The rows to embed.
   *
   * @param survey of the input
   * @param increment what need not be embedded, if an earlier output is given
   */
  private record Selection(Dataset<Row> rows, Survey survey, Optional<Increment> increment) {
    long count() {
      return increment.map(found -> found.counts().toEmbed()).orElse(survey.rows());
    }
  }

  private Selection select(Source source, Configuration hadoop) {
    Input table = source.table;
    Column cost = RowCosts.ofText(source.text.text(), encoding.maxSeqLength(source.bundle));
    Survey survey = Survey.of(table, cost);
    Dataset<Row> rows = table.withoutEmptyCorruptColumn(source.text.rows(), survey);
    if (!incremental.given()) {
      return new Selection(rows, survey, Optional.empty());
    }
    Dataset<Row> hashed = withHash(rows, source.text, source.embedding, source.bundle);
    Optional<Increment> increment = increment(hashed, source, hadoop);
    return new Selection(increment.map(Increment::changed).orElse(hashed), survey, increment);
  }

  /** Says what it would cost to embed all of the input. */
  private void plan(RunRecord run, Source source, TextColumn text, Configuration hadoop) {
    OptionalLong done = OptionalLong.empty();
    if (checkpoint.given()) {
      done =
          OptionalLong.of(
              resumable(run, source.spark, text, source.bundle, source.embedding)
                  .rehearse()
                  .totals()
                  .rowsIn());
    } else {
      // Refuses what the run itself would refuse.
      prepareOutput(source, hadoop).close();
    }
    Selection selection = select(source, hadoop);
    try (Work work = work(selection, source)) {
      CostPlan plan =
          CostPlan.measure(
              selection.survey.rows(),
              work.texts,
              work.costs,
              work.cost,
              work.cut(partitions, source.spark).partitions(),
              source.embedder,
              source.spark);
      long outputBytes = outputBytes(source.table, selection.survey, source.embedding);
      if (json) {
        run.input(source.table, selection.survey);
        done.ifPresent(rows -> run.put("rowsDone", rows));
        plan.record(outputBytes, run).finish();
        spec.commandLine().getOut().println(run.asLine());
      } else {
        plan.print(done, outputBytes, spec.commandLine().getOut());
      }
    }
  }

  @SuppressWarnings("try") // the progress line only has to be closed
  private void embed(RunRecord run, Source source, Configuration hadoop) {
    SparkSession spark = source.spark;
    SentenceEmbedder embedder = source.embedder;
    try (OutputWriter writer = prepareOutput(source, hadoop)) {
      Selection selection = select(source, hadoop);
      Optional<Increment> increment = selection.increment;
      Survey survey = selection.survey;
      try (Work work = work(selection, source)) {
        Cut cut = work.cut(partitions, spark);
        EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "embed");
        Dataset<Row> embedded;
        long start = System.nanoTime();
        try (Progress progress =
            Progress.start(spark.sparkContext(), stats, selection.count(), err())) {
          embedded = source.text.drop(work.embed(cut.rows(), embedder, stats));
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
            ModelAgreement.carriedOver(source.table.roots(), embedded.schema(), hadoop);
        embeddings.put(outputColumn, source.embedding);
        run.input(source.table, survey);
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
          String name = source.bundle.name();
          report(totals, written, name, source.embedding, survey.malformed(), seconds);
          increment.ifPresent(i -> spec.commandLine().getOut().println(i.counts()));
        }
        warn(totals, source.embedding, survey.malformed());
      }
    }
  }

  private void runResumable(RunRecord run, SparkSession spark, TextColumn text) {
    ResolvedModel resolved = hub.resolve(model);
    ModelBundle bundle = resolved.bundle();
    ExecutorMemory.of(spark.sparkContext(), bundle, encoding.tokensOfAPass(bundle)).tell(err());
    Embedding embedding = encoding.embedding(model, resolved);
    ResumableRun.Outcome outcome = resumable(run, spark, text, bundle, embedding).run();
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

  private ResumableRun resumable(
      RunRecord run, SparkSession spark, TextColumn text, ModelBundle bundle, Embedding embedding) {
    return new ResumableRun(
        run,
        input,
        output,
        checkpoint,
        new BatchEmbedding(
            spark, text, encoding, outcomes, bundle, outputColumn, partitions, err()),
        embedding);
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
  private Optional<Increment> increment(Dataset<Row> rows, Source source, Configuration hadoop) {
    if (incremental.previous == null) {
      Increment.requireKeys(rows, incremental.key, "the input");
      return Optional.empty();
    }
    StructType embedded = source.embedder.transformSchema(rows.schema());
    return Optional.of(
        Increment.of(
            rows,
            new Increment.Request(
                incremental,
                Columns.named(source.text.column()),
                Columns.find(embedded, outputColumn).orElseThrow(),
                outcomes.column,
                encoding.handleInvalid == EncodingOptions.InvalidRows.KEEP,
                source.embedding),
            hadoop));
  }

  private Work work(Selection selection, Source source) {
    Dataset<Row> rows = selection.rows;
    Column text = Columns.named(source.text.column());
    Column cost = RowCosts.ofText(text, encoding.maxSeqLength(source.bundle));
    if (dedup) {
      DistinctTexts distinct = DistinctTexts.of(rows, source.embedder);
      Dataset<Row> texts = distinct.texts();
      return new Work(
          texts, Optional.of(distinct), RowCosts.of(texts, cost), cost, Optional.of(text));
    }
    if (selection.increment.isPresent()) {
      Column key = Columns.named(incremental.key);
      return new Work(rows, Optional.empty(), RowCosts.of(rows, cost), cost, Optional.of(key));
    }
    return new Work(rows, Optional.empty(), selection.survey.costs(), cost, Optional.empty());
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
