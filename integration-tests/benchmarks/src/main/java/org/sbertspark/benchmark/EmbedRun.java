package org.sbertspark.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A run of {@code embed} in a process of its own, by what its manifest says.
 *
 * @param seconds of embedding and writing
 * @param rows written
 * @param residentBytes the most that all its processes had in memory at a time; 0: not known
 */
record EmbedRun(
    double seconds, int partitions, long rows, long residentBytes, double paddingShare) {

  private static final Path LAUNCHER = Path.of("submit-scripts", "sbert-spark");
  private static final String WHOLE_HEAP = "-Xms1g -XX:+AlwaysPreTouch";
  private static final long MILLIS_BETWEEN_LOOKS = 100;

  /** Embeds; the working directory is the project's. */
  static EmbedRun of(String master, Path model, Path input, Path output, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                LAUNCHER.toString(),
                "--master",
                master,
                "--driver-memory",
                "1g",
                // All of the heap from the start: what grows then is not the collector's choice.
                "--driver-java-options",
                WHOLE_HEAP,
                "--conf",
                "spark.executor.extraJavaOptions=" + WHOLE_HEAP,
                "--conf",
                "spark.executor.memory=1g",
                "--conf",
                "spark.ui.enabled=false",
                "--conf",
                // As on a cluster that has been there before: all executors are there at the start.
                "spark.scheduler.minRegisteredResourcesRatio=1.0",
                "embed",
                "--model",
                model.toString(),
                "--input",
                input.toString(),
                "--output",
                output.toString(),
                "--mode",
                "overwrite"));
    words.addAll(List.of(more));
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      long resident = 0;
      Map<Long, Long> before = Map.of();
      while (!process.waitFor(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS)) {
        Map<Long, Long> now = residentBytes(process.toHandle());
        // A process that is just being started shows its parent's memory as its own.
        Set<Long> settled = before.keySet();
        resident =
            Math.max(
                resident,
                now.entrySet().stream()
                    .filter(one -> settled.contains(one.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum());
        before = now;
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException("Failed: " + String.join(" ", words));
      }
      JsonNode run = manifest(output);
      return new EmbedRun(
          run.get("embeddingSeconds").doubleValue(),
          run.get("partitions").intValue(),
          run.get("rowsWritten").longValue(),
          resident,
          run.get("paddingShare").doubleValue());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What the manifest of an output that was written by one run says of it. */
  static JsonNode manifest(Path output) throws IOException {
    return new ObjectMapper()
        .readTree(output.resolve("_sbert_manifest.json").toFile())
        .at("/runs/0");
  }

  /** Of the process and all that it has started, by their ids, where the system tells. */
  private static Map<Long, Long> residentBytes(ProcessHandle process) throws IOException {
    Map<Long, Long> resident = new HashMap<>();
    for (ProcessHandle one : Stream.concat(Stream.of(process), process.descendants()).toList()) {
      Path status = Path.of("/proc", Long.toString(one.pid()), "status");
      try (Stream<String> lines = Files.lines(status)) {
        lines
            .filter(line -> line.startsWith("VmRSS"))
            .forEach(
                line -> resident.put(one.pid(), 1024 * Long.parseLong(line.replaceAll("\\D", ""))));
      } catch (NoSuchFileException | UncheckedIOException e) {
        // It has ended meanwhile.
      }
    }
    return resident;
  }
}
