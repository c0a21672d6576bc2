package org.sbertspark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.sbertspark.testing.SparkTestSession;

/** A folder that a command has written. */
record Output(Path folder) {

  Manifest manifest() {
    try {
      return Manifest.find(
              FileSystem.getLocal(new Configuration()),
              new org.apache.hadoop.fs.Path(folder.toUri()))
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the manifest says of the last run. */
  Map<String, Object> run() {
    List<Map<String, Object>> runs = manifest().runs();
    return runs.get(runs.size() - 1);
  }

  Dataset<Row> table() {
    return SparkTestSession.get().read().format(manifest().format()).load(folder.toString());
  }

  List<Row> rows(String... columns) {
    return table().selectExpr(columns).collectAsList();
  }

  /** The vectors of a column, by the values of another; null where there is none. */
  Map<String, float[]> vectors(String key) {
    Map<String, float[]> vectors = new TreeMap<>();
    for (Row row : rows("`" + key + "`", "embedding")) {
      vectors.put(row.getString(0), row.isNullAt(1) ? null : floats(row.getList(1)));
    }
    return vectors;
  }

  /** JSON gives doubles back, the other formats floats. */
  private static float[] floats(List<? extends Number> components) {
    float[] vector = new float[components.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = components.get(i).floatValue();
    }
    return vector;
  }

  List<Path> dataFiles() {
    return files().stream()
        .filter(file -> file.getFileName().toString().startsWith("part-"))
        .toList();
  }

  /** Every file with its content's hash, to see whether anything changes. */
  Map<String, Integer> state() {
    Map<String, Integer> state = new TreeMap<>();
    for (Path file : files()) {
      try {
        state.put(
            folder.relativize(file).toString(),
            java.util.Arrays.hashCode(Files.readAllBytes(file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return state;
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.walk(folder)) {
      return new ArrayList<>(files.filter(Files::isRegularFile).sorted().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
