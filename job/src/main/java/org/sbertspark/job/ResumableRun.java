package org.sbertspark.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Checkpoint.Batch;
import org.sbertspark.job.Checkpoint.Holder;
import org.sbertspark.job.Checkpoint.Plan;
import org.sbertspark.job.InputReader.Parsing;
import org.sbertspark.job.Manifest.Embedding;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeds an input file by file, in micro-batches, and remembers in a {@link Checkpoint} what is
 * done: killed at any moment and started again, it goes on with the batch that it was at.
 *
 * <p>A batch comes to its place by one rename ({@link BatchFolders}), is then recorded, and is then
 * committed by Spark's stream. Whatever of this a killed run has not done, the next one does, with
 * the same files.
 */
final class ResumableRun {
  private static final Logger LOG = LoggerFactory.getLogger(ResumableRun.class);

  /** Options that do not decide the rows, or that the model's fingerprint stands for. */
  private static final Set<String> FREE_OPTIONS =
      Set.of(
          "checkpoint",
          "files-per-batch",
          "model",
          "allow-http",
          "token-budget",
          "window-rows",
          "threads",
          "partitions",
          "dry-run",
          "json",
          "max-failures",
          "verbose");

  /** Name of the stream of the input's copy in small files. */
  private static final String SPLIT = "split";

  /** In front of an input's name: the stream that is copied. */
  private static final String COPY = "copy-";

  private final RunRecord run;
  private final InputOptions input;
  private final OutputOptions output;
  private final CheckpointOptions options;
  private final BatchEmbedding embedding;
  private final Embedding vectors;

  private final Configuration hadoop;
  private final InputReader reader;
  private final FileStreams streams;
  private final Checkpoint checkpoint;
  private final FileSystem files;
  private final Path folder;
  private final BatchFolders batches;
  private final Holder holder;

  /** What earlier runs have done: all that was in the output when this one began. */
  private Batch before = Batch.NONE;

  /** The names of these batches. */
  private Set<String> batchesBefore = Set.of();

  /** What this run has done by now. */
  private Batch here = Batch.NONE;

  private int batchesHere;

  /**
   * What was done.
   *
   * @param rows in the output, of all runs together
   * @param batches of this run
   * @param counts of this run
   */
  record Outcome(long rows, int batches, Batch counts) {}

  /**
   * @param run whose options are those that must not change
   * @param vectors what the manifest says of the vectors
   */
  ResumableRun(
      RunRecord run,
      InputOptions input,
      OutputOptions output,
      CheckpointOptions options,
      BatchEmbedding embedding,
      Embedding vectors) {
    this.run = run;
    this.input = input;
    this.output = output;
    this.options = options;
    this.embedding = embedding;
    this.vectors = vectors;
    this.hadoop = embedding.spark().sparkContext().hadoopConfiguration();
    this.reader = new InputReader(embedding.spark());
    this.streams = new FileStreams(embedding.spark());
    this.checkpoint = Checkpoint.open(options.path, hadoop);
    this.holder = Holder.of(embedding.spark().sparkContext().applicationId());
    try {
      Path given = new Path(output.path);
      this.files = given.getFileSystem(hadoop);
      this.folder = files.makeQualified(given);
      this.batches = new BatchFolders(files, folder);
    } catch (IOException | IllegalArgumentException e) {
      throw unwritable(e);
    }
  }

  private JobException unwritable(Exception e) {
    return new JobException("Cannot write %s: %s".formatted(output.path, e.getMessage()), e);
  }

  /**
   * Embeds all files that are there and were not yet embedded.
   *
   * @throws JobException if the checkpoint is that of other rows, or if another run takes it
   */
  Outcome run() {
    try {
      Plan plan = resume();
      try {
        return embed(plan);
      } catch (IOException | RuntimeException e) {
        // What another run does to the files shows in many ways: that is the reason of all.
        checkpoint.requireHeld(holder);
        batches.requireClaim();
        throw e;
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private Outcome embed(Plan plan) throws IOException {
    InputFormat format = InputFormat.valueOf(plan.inputFormat().toUpperCase(Locale.ROOT));
    StructType schema = (StructType) DataType.fromJson(plan.schema());
    Parsing parsing = reader.parsing(input.read, format);
    List<FileStatus> found = reader.files(input.paths);
    if (input.read.format == InputFormat.AUTO && InputReader.formatOf(found) != format) {
      throw new JobException(
          "Cannot go on with checkpoint %s: its input was %s and is %s; give the same files and new ones like them"
              .formatted(options.path, format, InputReader.formatOf(found)));
    }
    if (options.splitRows == 0) {
      Warnings.largeFiles(found, embedding.err());
    }
    List<Path> rewritten = rewritten(found);
    Warnings.rewritten(rewritten, embedding.err());
    run.put("rewrittenFiles", rewritten.size());

    Manifests manifests = new Manifests(embedding.schema(schema, parsing));
    if (options.splitRows > 0) {
      copySplit(schema, parsing);
      embed(SPLIT, splitRows(schema), parsing, manifests);
      checkpoint.split().getFileSystem(hadoop).delete(checkpoint.split(), true);
    } else {
      for (int i = 0; i < input.paths.size(); i++) {
        embed(stream(i), rows(i, schema, parsing), parsing, manifests);
      }
    }
    long rows = Batch.sum(checkpoint.done().values()).totals().rowsOut();
    manifests.write(rows);
    return new Outcome(rows, batchesHere, here);
  }

  /**
   * What earlier runs have done. Checks what {@link #run} checks before it embeds, and writes
   * nothing.
   *
   * @throws JobException as {@link #run}
   */
  Batch rehearse() {
    try {
      if (earlierPlan().isEmpty()) {
        firstPlan();
      }
      return before;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** The plan of the checkpoint: that of its first run, which this may be. */
  private Plan resume() throws IOException {
    Optional<Plan> earlier = earlierPlan();
    if (earlier.isPresent()) {
      checkpoint.take(holder);
      batches.removeLeftovers();
      return earlier.get();
    }
    Plan plan = firstPlan();
    checkpoint.begin(plan);
    batches.ownedBy(plan.id());
    checkpoint.take(holder);
    return plan;
  }

  /** The plan of the earlier runs, which this one may go on with; empty if there were none. */
  private Optional<Plan> earlierPlan() throws IOException {
    Optional<Plan> earlier = checkpoint.plan();
    if (earlier.isPresent()) {
      checkpoint.requireSame(earlier.get(), vectors.fingerprint(), settings());
      batches.ownedBy(earlier.get().id());
      Map<String, Batch> done = checkpoint.done();
      requireOutput(done.keySet());
      before = Batch.sum(done.values());
      batchesBefore = done.keySet();
    }
    return earlier;
  }

  /** The plan of a first run, which nothing may stand in the way of. */
  private Plan firstPlan() throws IOException {
    Input table = reader.open(input);
    OutputWriter.refuseOverlap(output.path, folder, table.roots());
    OutputWriter.refuseOverlap(options.path, checkpoint.folder(), table.roots());
    OutputWriter.refuseOverlap(options.path, checkpoint.folder(), List.of(folder));
    if (files.exists(folder)
        && (files.getFileStatus(folder).isFile() || files.listStatus(folder).length > 0)) {
      throw new JobException(
          "Cannot write %s: it exists, and checkpoint %s is a new one; name the checkpoint that it was written with, or another folder"
              .formatted(output.path, options.path));
    }
    StructType schema =
        table.malformed().map(m -> m.all().schema()).orElseGet(() -> table.rows().schema());
    for (String taken : List.of(embedding.outputColumn(), BatchFolders.COLUMN)) {
      if (Columns.has(schema, taken)) {
        throw new JobException(
            "Cannot write column \"%s\": the input has it already; rename it".formatted(taken));
      }
    }
    // Fails before anything is written if the text is not there.
    embedding.schema(schema, reader.parsing(input.read, table.format()));
    return Plan.of(vectors.fingerprint(), settings(), table.format(), schema.json());
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    run.options()
        .forEach(
            (name, value) -> {
              if (!FREE_OPTIONS.contains(name)) {
                settings.put(name, String.valueOf(value));
              }
            });
    settings.put("input", input.paths.stream().map(this::qualified).toList().toString());
    settings.put("output", folder.toString());
    return settings;
  }

  private String qualified(String path) {
    try {
      Path given = new Path(path);
      return given.getFileSystem(hadoop).makeQualified(given).toString();
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot read %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** What is recorded as done must be there: it would not be embedded again. */
  private void requireOutput(Set<String> done) throws IOException {
    for (String batch : done) {
      if (!batch.startsWith(COPY) && !batches.has(batch)) {
        throw new JobException(
            "Cannot go on with checkpoint %s: %s has no folder %s=%s, which is recorded as done; begin anew with another --checkpoint and --output"
                .formatted(options.path, output.path, BatchFolders.COLUMN, batch));
      }
    }
  }

  private static String stream(int input) {
    return "in" + input;
  }

  /** One stream an input, run one after the other, so that no batch has more files than asked. */
  private Dataset<Row> rows(int index, StructType schema, Parsing parsing) throws IOException {
    String given = input.paths.get(index);
    Path path = new Path(given);
    FileSystem system = path.getFileSystem(hadoop);
    boolean file = system.exists(path) && system.getFileStatus(path).isFile();
    return streams.open(
        file ? FileStreams.pattern(system.makeQualified(path)) : given,
        parsing,
        schema,
        options.filesPerBatch);
  }

  private List<Path> rewritten(List<FileStatus> found) {
    List<Path> rewritten = new ArrayList<>();
    for (int i = 0; i < input.paths.size(); i++) {
      String name = options.splitRows > 0 ? COPY + stream(i) : stream(i);
      OptionalLong last = BatchFolders.lastOf(name, batchesBefore);
      if (last.isPresent()) {
        rewritten.addAll(
            SeenFiles.rewritten(
                embedding.spark(), checkpoint.stream(name), last.getAsLong(), found));
      }
    }
    return rewritten;
  }

  /** Copies what is new in the input into files of a bounded number of rows. */
  private void copySplit(StructType schema, Parsing parsing) throws IOException {
    FileSystem system = checkpoint.split().getFileSystem(hadoop);
    system.mkdirs(checkpoint.split());
    BatchFolders parts = new BatchFolders(system, checkpoint.split());
    parts.removeLeftovers();
    for (int i = 0; i < input.paths.size(); i++) {
      String name = COPY + stream(i);
      streams.run(
          rows(i, schema, parsing),
          checkpoint.stream(name),
          (batch, id) ->
              once(
                  BatchFolders.name(name, id),
                  parts,
                  place -> {
                    batch
                        .write()
                        .option("maxRecordsPerFile", options.splitRows)
                        .parquet(place.toString());
                    return Batch.NONE;
                  }));
    }
  }

  private Dataset<Row> splitRows(StructType schema) {
    Parsing copies =
        new Parsing(
            InputFormat.PARQUET,
            Map.of("recursiveFileLookup", "true"),
            Input.Mode.PERMISSIVE,
            Optional.empty());
    return streams.open(checkpoint.split().toString(), copies, schema, options.filesPerBatch);
  }

  private void embed(String name, Dataset<Row> rows, Parsing parsing, Manifests manifests) {
    streams.run(
        rows,
        checkpoint.stream(name),
        (batch, id) -> {
          Optional<Batch> counts =
              once(
                  BatchFolders.name(name, id),
                  batches,
                  place -> embedding.write(batch, parsing, output, place, before.plus(here)));
          if (counts.isPresent()) {
            here = here.plus(counts.get());
            LOG.info(
                "Batch {} of the checkpoint is done: {} rows, {} tokens, {} s",
                BatchFolders.name(name, id),
                counts.get().totals().rowsOut(),
                counts.get().totals().tokens(),
                RunRecord.rounded(counts.get().seconds()));
            batchesHere++;
            manifests.write(before.plus(here).totals().rowsOut());
          }
        });
  }

  /** Writes a batch to a folder, and counts. */
  @FunctionalInterface
  private interface BatchWriter {
    Batch write(Path place);
  }

  /** Puts a batch in its place, and counts; nothing if an earlier run has done so. */
  private Optional<Batch> once(String batch, BatchFolders place, BatchWriter writer)
      throws IOException {
    if (checkpoint.done(batch).isPresent()) {
      return Optional.empty();
    }
    Batch[] counts = new Batch[1];
    place.put(
        batch,
        temporary -> {
          counts[0] = writer.write(temporary);
          checkpoint.requireHeld(holder);
        });
    checkpoint.markDone(batch, counts[0]);
    return Optional.of(counts[0]);
  }

  /** The output's manifest, written anew after each batch: a killed run leaves a true one. */
  private final class Manifests {
    private final StructType schema;
    private final List<Map<String, Object>> earlierRuns;
    private final Map<String, Embedding> embeddings;

    Manifests(StructType schema) {
      this.schema = schema;
      Optional<Manifest> before = Manifest.find(files, folder);
      this.earlierRuns = before.map(Manifest::runs).orElse(List.of());
      this.embeddings = new LinkedHashMap<>(before.map(Manifest::embeddings).orElse(Map.of()));
      ModelAgreement.carriedOver(reader.roots(input.paths), schema, hadoop)
          .forEach(embeddings::putIfAbsent);
      embeddings.put(embedding.outputColumn(), vectors);
    }

    /**
     * @param rows in the output
     */
    void write(long rows) {
      run.put("inputs", input.paths)
          .put("batches", batchesHere)
          .put("rows", here.totals().rowsIn())
          .put("malformed", here.malformed())
          .put("rowsWritten", here.totals().rowsOut())
          .embedding(here.totals(), here.seconds())
          .environment(embedding.spark().sparkContext());
      List<Map<String, Object>> runs = new ArrayList<>(earlierRuns);
      runs.add(run.finish());
      new Manifest(
              Manifest.FORMAT_VERSION,
              output.format.label(),
              OutputWriter.ddl(schema),
              rows,
              embeddings,
              runs)
          .write(files, folder);
    }
  }
}
