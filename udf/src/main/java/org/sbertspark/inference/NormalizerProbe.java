package org.sbertspark.inference;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/** Asks the library what a normalizer makes of a text. */
final class NormalizerProbe {
  static final long UNKNOWN = 0;
  static final long KNOWN = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  private NormalizerProbe() {}

  /**
   * A tokenizer of this normalizer alone: any text of which something is left is one token, {@link
   * #KNOWN} if it is one of these then and else {@link #UNKNOWN}.
   */
  static HuggingFaceTokenizer open(JsonNode normalizer, List<String> known) throws IOException {
    ObjectNode bare = JSON.createObjectNode().put("version", "1.0");
    bare.putArray("added_tokens");
    bare.set("normalizer", normalizer);
    ObjectNode model = bare.putObject("model").put("type", "WordLevel").put("unk_token", "unknown");
    ObjectNode vocabulary = model.putObject("vocab").put("unknown", UNKNOWN);
    known.forEach(text -> vocabulary.put(text, KNOWN));
    return HuggingFaceTokenizer.newInstance(
        new ByteArrayInputStream(JSON.writeValueAsBytes(bare)), TextTokenizer.AS_IT_IS);
  }
}
