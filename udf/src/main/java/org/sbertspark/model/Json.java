package org.sbertspark.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/** Reads the JSON files of a model folder; errors name the file and never quote its text. */
public final class Json {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);

  private Json() {}

  static ObjectMapper mapper() {
    return MAPPER;
  }

  /** The object in this file. */
  static JsonNode object(Path file) {
    JsonNode node = read(file);
    if (!node.isObject()) {
      throw new ModelException("Cannot read " + file + ": expected a JSON object");
    }
    return node;
  }

  /** What is in this file. */
  public static JsonNode read(Path file) {
    return parse(SmallFile.bytes(file), file.toString());
  }

  /**
   * What these bytes say.
   *
   * @param where they come from, for the message
   */
  public static JsonNode parse(byte[] json, String where) {
    try {
      JsonNode node = MAPPER.readTree(json);
      if (node == null || node.isMissingNode()) {
        throw new ModelException("Cannot read " + where + ": the file is empty, expected JSON");
      }
      return node;
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new ModelException(
          "Cannot read %s: not valid JSON%s"
              .formatted(
                  where,
                  at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr()),
          e);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + where + ": " + e.getMessage(), e);
    }
  }

  /** A required whole number above zero. */
  static int positiveInt(JsonNode object, String key, String where) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      throw new ModelException(where + " has no " + key);
    }
    if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() <= 0) {
      throw new ModelException(
          "%s: %s is %s, expected a whole number above 0".formatted(where, key, brief(value)));
    }
    return value.intValue();
  }

  /** A token's id: 0 or more; the default where the key is missing. */
  static int tokenId(JsonNode object, String key, int missing, String where) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      return missing;
    }
    if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 0) {
      throw new ModelException(
          "%s: %s is %s, expected a token id".formatted(where, key, brief(value)));
    }
    return value.intValue();
  }

  /** A finite number above zero; the default where the key is missing. */
  static double positiveDouble(JsonNode object, String key, double missing, String where) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      return missing;
    }
    if (!value.isNumber() || !Double.isFinite(value.doubleValue()) || value.doubleValue() <= 0) {
      throw new ModelException(
          "%s: %s is %s, expected a number above 0".formatted(where, key, brief(value)));
    }
    return value.doubleValue();
  }

  /** At least 0 and below 1; the default where the key is missing. */
  static double probability(JsonNode object, String key, double missing, String where) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      return missing;
    }
    if (!value.isNumber() || !(value.doubleValue() >= 0 && value.doubleValue() < 1)) {
      throw new ModelException(
          "%s: %s is %s, expected a probability, at least 0 and below 1"
              .formatted(where, key, brief(value)));
    }
    return value.doubleValue();
  }

  /** A value for a message: a scalar as it stands (shortened), of anything else only its kind. */
  static String brief(JsonNode value) {
    if (value.isContainerNode()) {
      return value.isArray() ? "an array" : "an object";
    }
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
