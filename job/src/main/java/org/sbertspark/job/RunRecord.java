package org.sbertspark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.sbertspark.ml.EmbeddingTotals;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Collects what a manifest says of a run, in the order in which it is to be read. */
final class RunRecord {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> entries = new LinkedHashMap<>();
  private final long startNanos = System.nanoTime();

  RunRecord(CommandSpec command) {
    put("command", command.name());
    put("startedAt", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    put("options", options(command));
  }

  private static Map<String, Object> options(CommandSpec command) {
    Map<String, Object> options = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      Object value = option.getValue();
      if (value != null && !option.usageHelp() && !option.versionHelp()) {
        options.put(
            option.longestName().replaceFirst("^--", ""),
            value instanceof Choice choice
                ? choice.label()
                : value instanceof Map<?, ?> map ? Secrets.hidden(map) : value);
      }
    }
    return options;
  }

  /** The values of all options by their names, as a manifest shows them: without secrets. */
  @SuppressWarnings("unchecked") // put there by the constructor
  Map<String, Object> options() {
    return (Map<String, Object>) entries.get("options");
  }

  RunRecord put(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  /** What ran it: versions, and the executors by host. */
  RunRecord environment(SparkContext spark) {
    BuildInfo build = BuildInfo.CURRENT;
    Map<String, Object> versions = new LinkedHashMap<>();
    versions.put("sbertSpark", build.version());
    versions.put("spark", spark.version());
    versions.put("java", Runtime.version().toString());
    versions.put("djl", build.djl());
    versions.put("libtorch", build.libtorch());
    put("versions", versions);
    put("master", spark.master());
    put("applicationId", spark.applicationId());
    return put("hosts", Hosts.of(spark));
  }

  RunRecord input(Input input, Survey survey) {
    put("inputs", input.roots().stream().map(Path::toString).toList());
    put("inputFormat", input.format().label());
    put("rows", survey.rows());
    return put("malformed", survey.malformed());
  }

  /**
   * What embedding cost.
   *
   * @param seconds that the job with the model took
   */
  RunRecord embedding(EmbeddingTotals totals, double seconds) {
    put("nulls", totals.nulls());
    put("skipped", totals.skipped());
    put("failed", totals.failed());
    put("truncated", totals.truncated());
    put("tokens", totals.tokens());
    put("computedTokens", totals.computedTokens());
    put("paddingShare", rounded(totals.encoding().paddingShare()));
    put("duplicates", totals.duplicates());
    put("forwardPasses", totals.batches());
    put("halvedBatches", totals.encoding().halvings());
    put("embeddingSeconds", rounded(seconds));
    put("rowsPerSecond", perSecond(totals.rowsIn(), seconds));
    return put("tokensPerSecond", perSecond(totals.tokens(), seconds));
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** All entries, with the seconds until now. */
  Map<String, Object> finish() {
    put("seconds", rounded(seconds()));
    return entries;
  }

  /** The entries as one line of JSON. */
  String asLine() {
    try {
      return JSON.writeValueAsString(entries);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A manifest's entries are JSON", e);
    }
  }

  private static double perSecond(long count, double seconds) {
    return seconds == 0 ? 0 : rounded(count / seconds);
  }

  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
