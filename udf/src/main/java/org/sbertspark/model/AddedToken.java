package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A token that is cut out of a text before the tokenizer's own model sees the rest.
 *
 * @param lstrip whether it swallows white space to its left
 * @param rstrip whether it swallows white space to its right
 * @param normalized whether it is looked for in the normalised text rather than in the original
 * @param special whether it is a control token such as {@code <s>}
 */
record AddedToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  AddedToken {
    if (content.isEmpty()) {
      throw new ModelException("A special or added token is empty, expected some text");
    }
  }

  /** A control token with the usual flags. */
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /** A control token that swallows the white space to its left, as most mask tokens do. */
  static AddedToken specialStrippingLeft(String content) {
    return new AddedToken(content, false, true, false, false, true);
  }

  /** Text that is never cut, nor changed by the normaliser. */
  static AddedToken literal(String content) {
    return new AddedToken(content, false, false, false, false, false);
  }

  /** A word that was added to the vocabulary. */
  static AddedToken word(String content) {
    return new AddedToken(content, false, false, false, true, false);
  }

  /**
   * From a string, or from an object with {@code content} and flags.
   *
   * @param usual its flags are those of a token that is given as a string
   */
  static AddedToken parse(JsonNode value, AddedToken usual, String where) {
    if (value.isTextual() && !value.textValue().isEmpty()) {
      return usual.withContent(value.textValue());
    }
    JsonNode content = value.path("content");
    if (!content.isTextual() || content.textValue().isEmpty()) {
      throw new ModelException(
          "%s is %s, expected a token as a string or as an object with content"
              .formatted(where, Json.brief(value)));
    }
    boolean special = value.path("special").asBoolean(usual.special);
    return new AddedToken(
        content.textValue(),
        value.path("single_word").asBoolean(false),
        value.path("lstrip").asBoolean(false),
        value.path("rstrip").asBoolean(false),
        value.path("normalized").asBoolean(!special),
        special);
  }

  AddedToken withContent(String text) {
    return new AddedToken(text, singleWord, lstrip, rstrip, normalized, special);
  }

  ObjectNode toJson(int id) {
    return Json.mapper()
        .createObjectNode()
        .put("id", id)
        .put("content", content)
        .put("single_word", singleWord)
        .put("lstrip", lstrip)
        .put("rstrip", rstrip)
        .put("normalized", normalized)
        .put("special", special);
  }
}
