package org.sbertspark.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Manifest.Embedding;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that a run writes: all of the run or nothing.
 *
 * <p>{@code error}: written in place, removed again if the run fails. {@code overwrite}: written
 * beside the old output, which is replaced when all is there. {@code append}: written beside it
 * too, and moved in file by file when all is there; if that fails they are taken out again. A run
 * that is interrupted cleans up as well.
 *
 * <p>Use: {@code try (writer) { writer.write(rows); writer.writeManifest(…); writer.commit(); }}
 */
final class OutputWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutputWriter.class);

  /** After Spark's own hook has stopped the tasks (30), before the file systems close (0). */
  private static final int AFTER_SPARK = FileSystem.SHUTDOWN_HOOK_PRIORITY + 20;

  private final WriteOptions options;
  private final FileSystem files;
  private final Path output;
  private final Path folder;
  private final Optional<Manifest> before;
  private final Thread cleanUpHook = new Thread(this::cleanUp, "sbert-spark-clean-up");
  private final boolean existed;
  private Manifest manifest;
  private boolean started;
  private boolean committed;

  private OutputWriter(
      WriteOptions options,
      FileSystem files,
      Path output,
      Path folder,
      boolean existed,
      Optional<Manifest> before) {
    this.options = options;
    this.files = files;
    this.output = output;
    this.folder = folder;
    this.existed = existed;
    this.before = before;
  }

  /**
   * Checks the output before any work is done.
   *
   * @param inputs what the run reads; an output may neither hold nor lie in one of them
   * @throws JobException if the output cannot be written in the mode that was asked for
   */
  static OutputWriter prepare(WriteOptions options, List<Path> inputs, Configuration hadoop) {
    try {
      Path given = new Path(options.path);
      FileSystem files = given.getFileSystem(hadoop);
      Path output = files.makeQualified(given);
      refuseOverlap(options.path, output, inputs);
      boolean exists = files.exists(output);
      if (!exists) {
        return new OutputWriter(options, files, output, output, false, Optional.empty());
      }
      if (files.getFileStatus(output).isFile()) {
        throw new JobException(
            "Cannot write %s: it is a file, expected a folder".formatted(options.path));
      }
      switch (options.mode) {
        case ERROR ->
            throw new JobException(
                "Cannot write %s: it exists; use --mode overwrite or append, or another folder"
                    .formatted(options.path));
        case OVERWRITE -> {
          refuseForeignFolder(options.path, files, output);
          return new OutputWriter(
              options, files, output, Siblings.of(output, "new"), true, Optional.empty());
        }
        case APPEND -> {
          Optional<Manifest> before = Manifest.find(files, output);
          if (before.isEmpty()) {
            throw new JobException(
                "Cannot append to %s: it has no %s, so nothing tells what its rows are; choose a folder that %s wrote"
                    .formatted(options.path, Manifest.FILE_NAME, Main.NAME));
          }
          return new OutputWriter(options, files, output, Siblings.of(output, "new"), true, before);
        }
      }
      throw new AssertionError(options.mode);
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot write %s: %s".formatted(options.path, e.getMessage()), e);
    }
  }

  /** Refuses an output that holds or lies in one of these. */
  static void refuseOverlap(String given, Path output, List<Path> inputs) {
    for (Path input : inputs) {
      if (contains(input, output) || contains(output, input)) {
        throw new JobException(
            "Cannot write %s: it overlaps the input %s; write to a folder of its own"
                .formatted(given, input));
      }
    }
  }

  static boolean contains(Path outer, Path inner) {
    for (Path path = inner; path != null; path = path.getParent()) {
      if (path.equals(outer)) {
        return true;
      }
    }
    return false;
  }

  /** Replacing deletes: only a folder that was written by Spark, or an empty one. */
  private static void refuseForeignFolder(String given, FileSystem files, Path output)
      throws IOException {
    FileStatus[] inside = files.listStatus(output);
    List<String> names = Arrays.stream(inside).map(file -> file.getPath().getName()).toList();
    boolean marked = names.contains("_SUCCESS") || names.contains(Manifest.FILE_NAME);
    Optional<String> foreign =
        names.stream().filter(name -> !name.matches("part-.*|[_.].*|.+=.*")).findFirst();
    if (!marked && foreign.isPresent()) {
      throw new JobException(
          "Cannot overwrite %s: it holds %s, which is no Spark output; choose another folder"
              .formatted(given, foreign.get()));
    }
  }

  /** Whether rows are added to an output that exists. */
  boolean appends() {
    return options.mode == WriteMode.APPEND && existed;
  }

  /** The manifest of the output that rows are added to; empty if the output is new. */
  Optional<Manifest> before() {
    return before;
  }

  /** Where the rows are while they are being written. */
  Path folder() {
    return folder;
  }

  /**
   * Checks that rows of this schema fit to those that are there.
   *
   * @throws JobException if they are added to rows of another format or with other columns
   */
  void checkFits(StructType schema) {
    if (before.isEmpty()) {
      return;
    }
    Manifest manifest = before.get();
    if (!manifest.format().equals(options.format.label())) {
      throw new JobException(
          "Cannot append to %s: it is %s and --output-format is %s"
              .formatted(options.path, manifest.format(), options.format));
    }
    if (!manifest.schema().equals(ddl(schema))) {
      throw new JobException(
          "Cannot append to %s: its columns are %s, those to write are %s"
              .formatted(options.path, manifest.schema(), ddl(schema)));
    }
  }

  /** The columns as a manifest says them; files know no columns that cannot be null. */
  static String ddl(StructType schema) {
    return schema.asNullable().toDDL();
  }

  /**
   * Writes the manifest beside the rows.
   *
   * @param rows that this run has written
   * @param embeddings the columns of vectors in this output
   * @param run what this run did
   */
  void writeManifest(
      StructType schema, long rows, Map<String, Embedding> embeddings, Map<String, Object> run) {
    manifest =
        before
            .map(old -> old.plus(rows, run))
            .orElseGet(
                () -> Manifest.first(options.format.label(), ddl(schema), rows, embeddings, run));
    manifest.write(files, folder);
  }

  /** Runs the job that writes. */
  void write(Dataset<Row> rows) {
    refuseForeignRows();
    ShutdownHookManager.get().addShutdownHook(cleanUpHook, AFTER_SPARK);
    started = true;
    save(rows, options, folder);
  }

  /** Writes rows to a new folder as the options say. */
  static void save(Dataset<Row> rows, WriteOptions options, Path folder) {
    var writer = rows.write().format(options.format.label()).mode(SaveMode.ErrorIfExists);
    if (options.format == OutputFormat.JSON) {
      // Every line has every column: a null vector is told from a column that was left out.
      writer = writer.option("ignoreNullFields", "false");
    }
    if (options.rowsPerFile > 0) {
      writer = writer.option("maxRecordsPerFile", options.rowsPerFile);
    }
    writer.save(folder.toString());
  }

  /** What is there by now is another run's, and must not be removed with what this one writes. */
  private void refuseForeignRows() {
    try {
      if (files.exists(folder)) {
        throw new JobException(
            "Cannot write %s: it was made while this run was at work; choose another folder"
                .formatted(options.path));
      }
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(options.path, e.getMessage()), e);
    }
  }

  /** Puts the new output in the old one's place, or into it. */
  synchronized void commit() {
    try {
      if (appends()) {
        moveIn();
      } else if (!folder.equals(output)) {
        Siblings.replace(files, folder, output);
      }
    } catch (IOException e) {
      throw new JobException(
          "Cannot %s %s: %s"
              .formatted(appends() ? "append to" : "replace", options.path, e.getMessage()),
          e);
    }
    committed = true;
  }

  /** The files' names are new: Spark gives every job's files an id of its own. */
  private void moveIn() throws IOException {
    List<Path> moved = new ArrayList<>();
    try {
      for (FileStatus file : files.listStatus(folder)) {
        Path place = new Path(output, file.getPath().getName());
        if (place.getName().startsWith("part-")) {
          Siblings.rename(files, file.getPath(), place);
          moved.add(place);
        }
      }
      manifest.write(files, output);
    } catch (IOException | JobException e) {
      for (Path place : moved) {
        files.delete(place, false);
      }
      throw e;
    }
    files.delete(folder, true);
  }

  /** Removes what an uncommitted run has written. */
  @Override
  public void close() {
    if (started) {
      cleanUp();
      if (!ShutdownHookManager.get().isShutdownInProgress()) {
        ShutdownHookManager.get().removeShutdownHook(cleanUpHook);
      }
    }
  }

  private synchronized void cleanUp() {
    if (committed) {
      return;
    }
    try {
      files.delete(folder, true);
    } catch (IOException e) {
      LOG.warn("Could not remove {}: {}", folder, e.getMessage());
    }
  }
}
