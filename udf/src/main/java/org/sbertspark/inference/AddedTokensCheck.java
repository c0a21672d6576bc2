package org.sbertspark.inference;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.sbertspark.model.ModelException;

/**
 * Added tokens that are looked for in the normalised text. The tokenizers library normalises them
 * too; one of which nothing is left is found everywhere, also in the middle of a character, where
 * the library aborts the process.
 */
final class AddedTokensCheck {
  private AddedTokensCheck() {}

  /**
   * Lets the library normalise the tokens with a tokenizer that has none and that does nothing
   * else.
   *
   * @param tokenizer keeps to {@link org.sbertspark.model.TokenizerRules}
   * @throws ModelException if nothing is left of a token
   */
  static void check(JsonNode tokenizer) throws IOException {
    List<String> normalized = new ArrayList<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (token.path("normalized").asBoolean(true)) {
        normalized.add(token.path("content").asText());
      }
    }
    JsonNode normalizer = tokenizer.path("normalizer");
    if (normalized.isEmpty() || !normalizer.isObject()) {
      return;
    }
    try (HuggingFaceTokenizer library = NormalizerProbe.open(normalizer, List.of())) {
      for (String token : normalized) {
        if (library.encode(token, false, false).getIds().length == 0) {
          throw new ModelException(
              "Cannot load the tokenizer: its normalizer leaves nothing of an added token");
        }
      }
    }
  }
}
