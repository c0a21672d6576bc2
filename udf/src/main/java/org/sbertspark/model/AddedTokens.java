package org.sbertspark.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The special and added tokens of a tokenizer, with their ids. */
final class AddedTokens {
  private record Numbered(AddedToken token, int id) {}

  private final Map<String, AddedToken> roles;
  private final Map<String, Numbered> byContent;

  private AddedTokens(Map<String, AddedToken> roles, Map<String, Numbered> byContent) {
    this.roles = roles;
    this.byContent = byContent;
  }

  /**
   * Gives ids as the tokenizers library will: a token of the vocabulary keeps the vocabulary's id,
   * the others follow the vocabulary in their order, without gaps. Of tokens with the same text the
   * first one counts.
   *
   * @param roles those among the tokens that have a role
   * @param vocabularySize the number of ids that the vocabulary takes
   */
  static AddedTokens number(
      Map<String, AddedToken> roles,
      List<AddedToken> tokens,
      Map<String, Integer> vocabulary,
      int vocabularySize) {
    Map<String, Numbered> byContent = new LinkedHashMap<>();
    int next = vocabularySize;
    for (AddedToken token : tokens) {
      if (byContent.containsKey(token.content())) {
        continue;
      }
      Integer known = vocabulary.get(token.content());
      int id = known == null ? next : known;
      next = Math.max(next, id + 1);
      byContent.put(token.content(), new Numbered(token, id));
    }
    return new AddedTokens(Map.copyOf(roles), byContent);
  }

  /** The text of the token with this role, such as {@code cls_token}. */
  String content(String role) {
    AddedToken token = roles.get(role);
    if (token == null) {
      throw new ModelException("The tokenizer's files name no " + role);
    }
    return token.content();
  }

  int id(String role) {
    return byContent.get(content(role)).id();
  }

  /** As {@code tokenizer.json} lists them: by rising id. */
  ArrayNode toJson() {
    ArrayNode array = Json.mapper().createArrayNode();
    byContent.values().stream()
        .sorted((a, b) -> Integer.compare(a.id(), b.id()))
        .forEach(numbered -> array.add(numbered.token().toJson(numbered.id())));
    return array;
  }
}
