package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Byte-level BPE as RoBERTa stores it: {@code vocab.json} (token to id) and {@code merges.txt}. */
final class ByteLevelBpe {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";

  private static final Map<String, AddedToken> SPECIAL_TOKENS =
      Map.of(
          "bos_token", AddedToken.special("<s>"),
          "eos_token", AddedToken.special("</s>"),
          "unk_token", AddedToken.special("<unk>"),
          "sep_token", AddedToken.special("</s>"),
          "pad_token", AddedToken.special("<pad>"),
          "cls_token", AddedToken.special("<s>"),
          "mask_token", AddedToken.specialStrippingLeft("<mask>"));

  private ByteLevelBpe() {}

  static ObjectNode tokenizer(Path folder, TokenizerSettings settings) {
    Map<String, Integer> vocabulary = vocabulary(folder.resolve(VOCABULARY));
    ArrayNode merges = merges(folder.resolve(MERGES), vocabulary);
    AddedTokens added = settings.addedTokens(SPECIAL_TOKENS, vocabulary);
    boolean prefixSpace = settings.flag("add_prefix_space", false);

    ObjectNode tokenizer = TokenizerJson.skeleton(added);
    tokenizer.putNull("normalizer");
    byteLevel(tokenizer.putObject("pre_tokenizer"), prefixSpace);
    ObjectNode template = tokenizer.putObject("post_processor").put("type", "RobertaProcessing");
    template.putArray("sep").add(added.content("sep_token")).add(added.id("sep_token"));
    template.putArray("cls").add(added.content("cls_token")).add(added.id("cls_token"));
    template.put("trim_offsets", true).put("add_prefix_space", prefixSpace);
    byteLevel(tokenizer.putObject("decoder"), true);

    ObjectNode model = tokenizer.putObject("model").put("type", "BPE").putNull("unk_token");
    ObjectNode ids = model.putObject("vocab");
    vocabulary.forEach(ids::put);
    model.set("merges", merges);
    return tokenizer;
  }

  private static void byteLevel(ObjectNode node, boolean prefixSpace) {
    node.put("type", "ByteLevel").put("add_prefix_space", prefixSpace).put("trim_offsets", true);
  }

  private static Map<String, Integer> vocabulary(Path file) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (var entry : Json.object(file).properties()) {
      JsonNode id = entry.getValue();
      if (!id.isInt() || id.intValue() < 0 || id.intValue() > TokenizerRules.MAX_ID) {
        throw new ModelException(
            "Cannot read %s: a token has the id %s, expected a whole number from 0 to %d"
                .formatted(file, Json.brief(id), TokenizerRules.MAX_ID));
      }
      vocabulary.put(entry.getKey(), id.intValue());
    }
    return vocabulary;
  }

  /** Pairs in the order in which they are merged; all their parts must be in the vocabulary. */
  private static ArrayNode merges(Path file, Map<String, Integer> vocabulary) {
    ArrayNode merges = Json.mapper().createArrayNode();
    List<String> lines = SmallFile.lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || (i == 0 && line.startsWith("#version"))) {
        continue;
      }
      String[] parts = line.strip().split(" ", -1);
      if (parts.length != 2
          || !vocabulary.containsKey(parts[0])
          || !vocabulary.containsKey(parts[1])
          || !vocabulary.containsKey(parts[0] + parts[1])) {
        throw new ModelException(
            "Cannot read %s: line %d is not a pair of tokens of %s whose union is one too"
                .formatted(file, i + 1, VOCABULARY));
      }
      merges.addArray().add(parts[0]).add(parts[1]);
    }
    return merges;
  }
}
