package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What stands beside a vocabulary in a model folder: {@code tokenizer_config.json}, {@code
 * special_tokens_map.json}, {@code added_tokens.json} and the {@code model_type} of {@code
 * config.json}. Each of them may be absent.
 */
final class TokenizerSettings {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String SPECIAL_TOKENS = "special_tokens_map.json";
  private static final String ADDED_TOKENS = "added_tokens.json";
  private static final String ADDITIONAL = "additional_special_tokens";

  /** In the order in which the reference gives ids to those that the vocabulary lacks. */
  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final Path folder;
  private final String modelType;
  private final JsonNode config;
  private final JsonNode specialTokens;
  private final JsonNode addedTokens;

  private TokenizerSettings(Path folder) {
    this.folder = folder;
    this.modelType = objectOrEmpty(folder.resolve("config.json")).path("model_type").asText();
    this.config = objectOrEmpty(folder.resolve(CONFIG));
    this.specialTokens = objectOrEmpty(folder.resolve(SPECIAL_TOKENS));
    this.addedTokens = objectOrEmpty(folder.resolve(ADDED_TOKENS));
  }

  static TokenizerSettings read(Path folder) {
    return new TokenizerSettings(folder);
  }

  private static JsonNode objectOrEmpty(Path file) {
    return Files.isRegularFile(file) ? Json.object(file) : Json.mapper().createObjectNode();
  }

  /**
   * Whether this is the tokenizer of a family such as {@code camembert}. The tokenizer's class says
   * so if it is given, otherwise the model's type: a model of one family may use the tokenizer of
   * another.
   */
  boolean isOfFamily(String family) {
    String tokenizerClass = config.path("tokenizer_class").asText();
    return tokenizerClass.isEmpty()
        ? modelType.equals(family)
        : tokenizerClass.toLowerCase(Locale.ROOT).startsWith(family);
  }

  boolean flag(String key, boolean otherwise) {
    return optionalFlag(key).orElse(otherwise);
  }

  Optional<Boolean> optionalFlag(String key) {
    JsonNode value = config.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isBoolean()) {
      throw new ModelException(
          "Cannot read %s: %s is %s, expected true or false"
              .formatted(folder.resolve(CONFIG), key, Json.brief(value)));
    }
    return Optional.of(value.booleanValue());
  }

  /**
   * The special and the added tokens. {@code special_tokens_map.json} wins over {@code
   * tokenizer_config.json}, and both over the family's own.
   *
   * @param family the family's special tokens by role ({@code cls_token}…)
   * @param vocabulary token to id
   */
  AddedTokens addedTokens(Map<String, AddedToken> family, Map<String, Integer> vocabulary) {
    return addedTokens(family, vocabulary, vocabulary.size(), List.of());
  }

  /**
   * The same for a vocabulary that may hold a text twice, and that marks tokens itself.
   *
   * @param size the number of ids that the vocabulary takes
   * @param ofVocabulary tokens that the vocabulary marks as added; the files' flags win
   */
  AddedTokens addedTokens(
      Map<String, AddedToken> family,
      Map<String, Integer> vocabulary,
      int size,
      List<AddedToken> ofVocabulary) {
    Map<String, AddedToken> roles = new LinkedHashMap<>();
    for (String role : ROLES) {
      Optional<AddedToken> token = roleToken(role, family.get(role));
      token.ifPresent(t -> roles.put(role, t));
    }
    List<AddedToken> special = new ArrayList<>(roles.values());
    for (JsonNode token : first(specialTokens.path(ADDITIONAL), config.path(ADDITIONAL))) {
      special.add(AddedToken.parse(token, AddedToken.special("?"), folder + ": " + ADDITIONAL));
    }
    List<AddedToken> tokens = new ArrayList<>(listedTokens(special));
    tokens.addAll(special);
    tokens.addAll(ofVocabulary);
    return AddedTokens.number(roles, tokens, vocabulary, size);
  }

  private Optional<AddedToken> roleToken(String role, AddedToken ofFamily) {
    JsonNode value = first(specialTokens.path(role), config.path(role));
    if (value.isMissingNode() || value.isNull()) {
      return Optional.ofNullable(ofFamily);
    }
    AddedToken usual = ofFamily == null ? AddedToken.special("?") : ofFamily;
    return Optional.of(AddedToken.parse(value, usual, folder + ": " + role));
  }

  private static JsonNode first(JsonNode preferred, JsonNode otherwise) {
    return preferred.isMissingNode() || preferred.isNull() ? otherwise : preferred;
  }

  /** The tokens that the files list with ids, by rising id; the newer file wins. */
  private List<AddedToken> listedTokens(List<AddedToken> special) {
    record Listed(int id, AddedToken token) {}
    List<Listed> listed = new ArrayList<>();
    String decoder = folder.resolve(CONFIG) + ": added_tokens_decoder";
    for (var entry : config.path("added_tokens_decoder").properties()) {
      listed.add(
          new Listed(
              id(entry.getKey(), decoder),
              AddedToken.parse(entry.getValue(), AddedToken.word("?"), decoder)));
    }
    if (listed.isEmpty()) {
      for (var entry : addedTokens.properties()) {
        String content = entry.getKey();
        AddedToken token =
            special.stream()
                .filter(s -> s.content().equals(content))
                .findFirst()
                .orElseGet(() -> AddedToken.word(content));
        listed.add(
            new Listed(
                id(entry.getValue().asText(), folder.resolve(ADDED_TOKENS).toString()), token));
      }
    }
    listed.sort(Comparator.comparingInt(Listed::id));
    return listed.stream().map(Listed::token).toList();
  }

  private static int id(String text, String where) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new ModelException(
          "Cannot read " + where + ": a token's id is not a whole number below 2^31", e);
    }
  }
}
