package org.sbertspark.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The special tokens around one text or a pair of texts, as {@code tokenizer.json} says it. */
final class PostProcessors {
  private PostProcessors() {}

  /** BERT and ALBERT: {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}. */
  static ObjectNode bert(AddedTokens tokens) {
    return template(tokens, 1, 1);
  }

  /** MPNet: {@code <s> A </s>} and {@code <s> A </s> </s> B </s>}, B with token type 1. */
  static ObjectNode mpnet(AddedTokens tokens) {
    return template(tokens, 2, 1);
  }

  /** XLM-RoBERTa and CamemBERT: like MPNet, but all with token type 0. */
  static ObjectNode xlmRoberta(AddedTokens tokens) {
    return template(tokens, 2, 0);
  }

  private static ObjectNode template(AddedTokens tokens, int separators, int secondType) {
    String cls = tokens.content("cls_token");
    String sep = tokens.content("sep_token");
    ObjectNode template = Json.mapper().createObjectNode().put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    special(single, cls, 0);
    sequence(single, "A", 0);
    special(single, sep, 0);
    ArrayNode pair = template.putArray("pair").addAll(single);
    if (separators == 2) {
      special(pair, sep, 0);
    }
    sequence(pair, "B", secondType);
    special(pair, sep, secondType);
    ObjectNode ids = template.putObject("special_tokens");
    id(ids, cls, tokens.id("cls_token"));
    id(ids, sep, tokens.id("sep_token"));
    return template;
  }

  private static void special(ArrayNode template, String token, int type) {
    template.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
  }

  private static void sequence(ArrayNode template, String name, int type) {
    template.addObject().putObject("Sequence").put("id", name).put("type_id", type);
  }

  private static void id(ObjectNode ids, String token, int id) {
    ObjectNode entry = ids.putObject(token).put("id", token);
    entry.putArray("ids").add(id);
    entry.putArray("tokens").add(token);
  }
}
