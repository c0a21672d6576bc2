package org.sbertspark.inference;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
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
  private static final ObjectMapper JSON = new ObjectMapper();

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
    ObjectNode bare = JSON.createObjectNode().put("version", "1.0");
    bare.putArray("added_tokens");
    bare.set("normalizer", normalizer);
    // Any text is one token, no text is none.
    bare.putObject("model")
        .put("type", "WordLevel")
        .put("unk_token", "a")
        .putObject("vocab")
        .put("a", 0);
    try (HuggingFaceTokenizer library =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(JSON.writeValueAsBytes(bare)), TextTokenizer.AS_IT_IS)) {
      for (String token : normalized) {
        if (library.encode(token, false, false).getIds().length == 0) {
          throw new ModelException(
              "Cannot load the tokenizer: its normalizer leaves nothing of an added token");
        }
      }
    }
  }
}
