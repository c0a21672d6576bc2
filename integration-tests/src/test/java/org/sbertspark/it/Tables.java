package org.sbertspark.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tables as JSON lines. */
final class Tables {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Tables() {}

  /** A file of rows {@code {"id": place, "text": text}}. */
  static Path write(Path file, List<String> texts) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      ObjectNode row = JSON.createObjectNode().put("id", i).put("text", texts.get(i));
      lines.add(row.toString());
    }
    try {
      return Files.write(file, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All rows of an output folder of JSON lines. */
  static List<JsonNode> read(Path folder) {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("part-")).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          rows.add(JSON.readTree(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  static JsonNode manifest(Path folder) {
    try {
      return JSON.readTree(folder.resolve("_sbert_manifest.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static float[] vector(JsonNode array) {
    float[] vector = new float[array.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = array.get(i).floatValue();
    }
    return vector;
  }
}
