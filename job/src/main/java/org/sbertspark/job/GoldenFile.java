package org.sbertspark.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.model.Json;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.NpyFile;

/**
 * Golden texts as users have them: a JSON object with {@code texts}, with or without {@code
 * input_ids}, and with the {@code vectors}, or these as a NumPy file beside it. Messages never
 * quote a text.
 */
final class GoldenFile {
  /** In a model's folder. */
  static final String NAME = "golden.json";

  static final String VECTORS = "golden_embeddings.npy";

  private GoldenFile() {}

  /** Texts with vectors. */
  static GoldenTexts read(UserFile file) {
    JsonNode json = parse(file);
    List<String> texts = texts(json, file);
    try {
      return new GoldenTexts(texts, vectors(json, file), inputIds(json, file));
    } catch (IllegalArgumentException e) {
      throw new JobException("Cannot read %s: %s".formatted(file.given(), e.getMessage()), e);
    }
  }

  /** Texts alone: those of a JSON file, else every line is one, an empty one too. */
  static List<String> readTexts(UserFile file) {
    if (file.name().endsWith(".json")) {
      return texts(parse(file), file);
    }
    try {
      List<String> lines =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(file.read()))
              .toString()
              .lines()
              .toList();
      if (lines.isEmpty()) {
        throw bad(file, "it is empty, expected a text in each line");
      }
      return lines;
    } catch (CharacterCodingException e) {
      throw new JobException("Cannot read %s: it is not UTF-8 text".formatted(file.given()), e);
    }
  }

  private static JsonNode parse(UserFile file) {
    try {
      return Json.parse(file.read(), file.given());
    } catch (ModelException e) {
      throw new JobException(e.getMessage(), e);
    }
  }

  private static List<String> texts(JsonNode json, UserFile file) {
    List<String> texts = new ArrayList<>();
    for (JsonNode text : json.path("texts")) {
      if (!text.isTextual()) {
        throw bad(file, "texts[%d] is no string".formatted(texts.size()));
      }
      texts.add(text.textValue());
    }
    if (texts.isEmpty()) {
      throw bad(file, "it has no texts, expected {\"texts\": [\"...\", ...]}");
    }
    return texts;
  }

  private static float[][] vectors(JsonNode json, UserFile file) {
    if (!json.has("vectors")) {
      UserFile beside = file.sibling(VECTORS);
      if (!beside.exists()) {
        throw bad(file, "it has no vectors, and there is no %s beside it".formatted(VECTORS));
      }
      return NpyFile.parse(beside.read(), beside.given());
    }
    float[][] vectors = new float[json.get("vectors").size()][];
    for (int row = 0; row < vectors.length; row++) {
      JsonNode vector = json.get("vectors").get(row);
      vectors[row] = new float[vector.size()];
      for (int i = 0; i < vectors[row].length; i++) {
        if (!vector.get(i).isNumber()) {
          throw bad(file, "vectors[%d][%d] is no number".formatted(row, i));
        }
        vectors[row][i] = vector.get(i).floatValue();
      }
    }
    return vectors;
  }

  private static long[][] inputIds(JsonNode json, UserFile file) {
    if (!json.has("input_ids")) {
      return null;
    }
    long[][] ids = new long[json.get("input_ids").size()][];
    for (int row = 0; row < ids.length; row++) {
      JsonNode sequence = json.get("input_ids").get(row);
      ids[row] = new long[sequence.size()];
      for (int i = 0; i < ids[row].length; i++) {
        if (!sequence.get(i).isIntegralNumber()) {
          throw bad(file, "input_ids[%d][%d] is no whole number".formatted(row, i));
        }
        ids[row][i] = sequence.get(i).longValue();
      }
    }
    return ids;
  }

  private static JobException bad(UserFile file, String what) {
    return new JobException("Cannot read %s: %s".formatted(file.given(), what));
  }
}
