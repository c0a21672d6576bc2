package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Texts that a model wants in front of its inputs, such as {@code query: }.
 *
 * @param texts by name
 * @param defaultName the one used where none is asked for
 */
public record Prompts(Map<String, String> texts, Optional<String> defaultName) {
  static final Prompts NONE = new Prompts(Map.of(), Optional.empty());

  public Prompts {
    // In the file's order: a bundle has the same bytes wherever it is made.
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
  }

  /** From config_sentence_transformers.json. */
  static Prompts read(JsonNode json, String where) {
    Map<String, String> texts = new LinkedHashMap<>();
    json.path("prompts")
        .fields()
        .forEachRemaining(
            prompt -> {
              if (!prompt.getValue().isTextual()) {
                throw new ModelException(
                    "%s: a prompt is %s, expected a string"
                        .formatted(where, Json.brief(prompt.getValue())));
              }
              texts.put(prompt.getKey(), prompt.getValue().textValue());
            });
    JsonNode name = json.path("default_prompt_name");
    if (name.isMissingNode() || name.isNull()) {
      return new Prompts(texts, Optional.empty());
    }
    if (!texts.containsKey(name.asText())) {
      throw new ModelException(
          "%s: default_prompt_name is %s, expected one of %s"
              .formatted(where, Json.brief(name), texts.keySet()));
    }
    return new Prompts(texts, Optional.of(name.asText()));
  }
}
