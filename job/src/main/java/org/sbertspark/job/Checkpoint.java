package org.sbertspark.job;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sbertspark.ml.EmbeddingTotals;

/**
 * The folder in which a run remembers what it is and what it has done:
 *
 * <ul>
 *   <li>{@value #PLAN}: what decides the rows, see {@link Plan}; written first, never changed;
 *   <li>{@value #HOLDER}: the run that took the checkpoint last, and alone may go on;
 *   <li>{@code batches/NAME.json}: one {@link Batch} for each micro-batch that is in its place;
 *   <li>{@code streams/NAME}: Spark's own checkpoint of each input, which knows the files;
 *   <li>{@code split}: the input's copy in small files, until they are embedded.
 * </ul>
 */
final class Checkpoint {
  private static final String PLAN = "sbert_checkpoint.json";
  private static final String HOLDER = "sbert_run.json";
  private static final String JSON_ENDING = ".json";
  private static final int FORMAT_VERSION = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final String given;
  private final FileSystem files;
  private final Path folder;

  private Checkpoint(String given, FileSystem files, Path folder) {
    this.given = given;
    this.files = files;
    this.folder = folder;
  }

  /**
   * What a checkpoint's rows are made of.
   *
   * @param id of this checkpoint alone, by which its output knows it
   * @param fingerprint of the model
   * @param settings all other options that decide the rows, by their names
   * @param inputFormat of the files
   * @param schema of the input, as Spark's JSON: files that turn up later are read with it
   */
  @JsonPropertyOrder({"formatVersion", "id", "fingerprint", "settings", "inputFormat", "schema"})
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Plan(
      int formatVersion,
      String id,
      String fingerprint,
      Map<String, String> settings,
      String inputFormat,
      String schema) {

    Plan {
      settings = new LinkedHashMap<>(settings);
    }

    static Plan of(
        String fingerprint, Map<String, String> settings, InputFormat format, String schema) {
      return new Plan(
          FORMAT_VERSION,
          UUID.randomUUID().toString(),
          fingerprint,
          settings,
          format.label(),
          schema);
    }
  }

  /**
   * A run.
   *
   * @param id of this run alone
   * @param application as Spark calls it
   * @param startedAt in UTC
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Holder(String id, String application, String startedAt) {
    static Holder of(String application) {
      return new Holder(
          UUID.randomUUID().toString(),
          application,
          Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
  }

  /**
   * What a micro-batch did.
   *
   * @param malformed records among its rows
   * @param seconds that it took
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Batch(EmbeddingTotals totals, long malformed, double seconds) {
    static final Batch NONE = new Batch(EmbeddingTotals.NONE, 0, 0);

    static Batch sum(Collection<Batch> batches) {
      return batches.stream().reduce(NONE, Batch::plus);
    }

    Batch plus(Batch other) {
      return new Batch(
          totals.plus(other.totals), malformed + other.malformed, seconds + other.seconds);
    }
  }

  /**
   * The checkpoint in this folder, which need not exist.
   *
   * @throws JobException if the folder holds something else
   */
  static Checkpoint open(String given, Configuration hadoop) {
    try {
      Path path = new Path(given);
      FileSystem files = path.getFileSystem(hadoop);
      Checkpoint checkpoint = new Checkpoint(given, files, files.makeQualified(path));
      if (files.exists(path)
          && !files.exists(checkpoint.child(PLAN))
          && Arrays.stream(files.listStatus(path)).anyMatch(file -> !isTemporary(file))) {
        throw new JobException(
            "Cannot use checkpoint %s: it holds other files; name a new folder".formatted(given));
      }
      return checkpoint;
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot use checkpoint %s: %s".formatted(given, e.getMessage()), e);
    }
  }

  /** What an interrupted writer of JSON leaves. */
  private static boolean isTemporary(FileStatus file) {
    return file.getPath().getName().startsWith(".");
  }

  Path folder() {
    return folder;
  }

  /** Spark's own checkpoint of a stream. */
  Path stream(String name) {
    return new Path(child("streams"), name);
  }

  /** Where the input's copy in small files lies. */
  Path split() {
    return child("split");
  }

  /** What an earlier run was; empty if there was none. */
  Optional<Plan> plan() {
    Optional<Plan> plan = read(child(PLAN), Plan.class);
    if (plan.isPresent() && plan.get().formatVersion > FORMAT_VERSION) {
      throw new JobException(
          "Cannot use checkpoint %s: it has format version %d, this sbert-spark knows %d; use a newer one"
              .formatted(given, plan.get().formatVersion, FORMAT_VERSION));
    }
    return plan;
  }

  void begin(Plan plan) {
    write(child(PLAN), plan);
  }

  /**
   * Checks that a run is the one that began this checkpoint.
   *
   * @throws JobException with the first difference
   */
  void requireSame(Plan before, String fingerprint, Map<String, String> settings) {
    if (!before.fingerprint.equals(fingerprint)) {
      throw refuse(
          "its vectors are of model %s, not of %s"
              .formatted(brief(before.fingerprint), brief(fingerprint)));
    }
    List<String> names = new ArrayList<>(before.settings.keySet());
    settings.keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
    for (String name : names) {
      String was = before.settings.get(name);
      String is = settings.get(name);
      if (was == null ? is != null : !was.equals(is)) {
        throw refuse("--%s was %s and is %s".formatted(name, shown(was), shown(is)));
      }
    }
  }

  private static String brief(String fingerprint) {
    return Manifest.Embedding.brief(fingerprint);
  }

  private static String shown(String value) {
    return value == null ? "not given" : "\"" + value + "\"";
  }

  private JobException refuse(String reason) {
    return new JobException(
        "Cannot go on with checkpoint %s: %s; give the same options, or another --checkpoint and --output"
            .formatted(given, reason));
  }

  /**
   * Makes a run the one that may go on. A run that was killed cannot be told from one that lives:
   * the newer one goes on, and the older one, if it lives, ends at {@link #requireHeld}.
   */
  void take(Holder run) {
    write(child(HOLDER), run);
  }

  /**
   * Checks that no other run has taken the checkpoint since this one did.
   *
   * @throws JobException if one has
   */
  void requireHeld(Holder run) {
    Optional<Holder> holder = read(child(HOLDER), Holder.class);
    if (!holder.equals(Optional.of(run))) {
      throw new JobException(
          "Cannot go on with checkpoint %s: %s uses it; one run at a time may"
              .formatted(
                  given,
                  holder
                      .map(h -> "another run (%s, since %s)".formatted(h.application, h.startedAt))
                      .orElse("another run")));
    }
  }

  /** What this micro-batch did, if it is in its place. */
  Optional<Batch> done(String batch) {
    return read(record(batch), Batch.class);
  }

  void markDone(String batch, Batch counts) {
    write(record(batch), counts);
  }

  /** All micro-batches that are in their places, by their names. */
  Map<String, Batch> done() {
    Map<String, Batch> batches = new LinkedHashMap<>();
    try {
      Path records = child("batches");
      if (files.exists(records)) {
        for (FileStatus file : files.listStatus(records)) {
          String name = file.getPath().getName();
          if (name.endsWith(JSON_ENDING) && !isTemporary(file)) {
            String batch = name.substring(0, name.length() - JSON_ENDING.length());
            batches.put(batch, done(batch).orElseThrow());
          }
        }
      }
    } catch (IOException e) {
      throw new JobException("Cannot read checkpoint %s: %s".formatted(given, e.getMessage()), e);
    }
    return batches;
  }

  private Path record(String batch) {
    return new Path(child("batches"), batch + JSON_ENDING);
  }

  private Path child(String name) {
    return new Path(folder, name);
  }

  private <T> Optional<T> read(Path file, Class<T> type) {
    try {
      if (!files.exists(file)) {
        return Optional.empty();
      }
      try (var in = files.open(file)) {
        return Optional.of(JSON.readValue(in.readAllBytes(), type));
      }
    } catch (JsonProcessingException e) {
      throw new JobException("Cannot read %s: it is no file of a checkpoint".formatted(file), e);
    } catch (IOException e) {
      throw new JobException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private void write(Path file, Object value) {
    try {
      WholeFile.write(files, file, JSON.writeValueAsBytes(value));
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
