package org.sbertspark.model;

import static java.util.Map.entry;
import static org.sbertspark.model.TokenizerRules.Value.ANY;
import static org.sbertspark.model.TokenizerRules.Value.CHARACTER;
import static org.sbertspark.model.TokenizerRules.Value.COUNT;
import static org.sbertspark.model.TokenizerRules.Value.FLAG;
import static org.sbertspark.model.TokenizerRules.Value.NOTHING;
import static org.sbertspark.model.TokenizerRules.Value.OPTIONAL_FLAG;
import static org.sbertspark.model.TokenizerRules.Value.OPTIONAL_TEXT;
import static org.sbertspark.model.TokenizerRules.Value.SOME_TEXT;
import static org.sbertspark.model.TokenizerRules.Value.TEXT;
import static org.sbertspark.model.TokenizerRules.Value.TOKEN_AND_ID;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a {@code tokenizer.json} may say. The tokenizers library believes the file: a reference that
 * leads nowhere or a senseless setting makes it abort the whole process, when it is loaded or at
 * some later text. So components and settings are those listed here, and what refers to something
 * has to find it.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/tree/v0.21.0/tokenizers/src">the
 *     components and their settings</a>
 */
public final class TokenizerRules {
  static final String CHARSMAP = "precompiled_charsmap";

  /** A higher id than any vocabulary needs; keeps the arithmetic of ids far from overflow. */
  static final int MAX_ID = 1 << 24;

  /** Those in use have two or three special tokens. */
  private static final int MAX_TEMPLATE = 64;

  private static final String SPLIT_BEHAVIOR = "behavior";

  /** What a setting may be. */
  enum Value {
    FLAG("true or false"),
    OPTIONAL_FLAG("true, false or null"),
    TEXT("a string"),
    SOME_TEXT("a string that is not empty"),
    OPTIONAL_TEXT("a string or null"),
    CHARACTER("one character"),
    COUNT("a whole number from 1 to 10000"),
    TOKEN_AND_ID("a token and its id"),
    /** Or what means the same. */
    NOTHING("null"),
    /** Looked at elsewhere, or without any effect on ids. */
    ANY("");

    private final String expected;

    Value(String expected) {
      this.expected = expected;
    }

    private boolean allows(JsonNode value) {
      return switch (this) {
        case FLAG -> value.isBoolean();
        case OPTIONAL_FLAG -> value.isBoolean() || value.isNull();
        case TEXT -> value.isTextual();
        case SOME_TEXT -> value.isTextual() && !value.textValue().isEmpty();
        case OPTIONAL_TEXT -> value.isTextual() || value.isNull();
        case CHARACTER ->
            value.isTextual()
                && value.textValue().codePointCount(0, value.textValue().length()) == 1;
        case COUNT -> value.isInt() && value.intValue() >= 1 && value.intValue() <= 10_000;
        case TOKEN_AND_ID ->
            value.isArray() && value.size() == 2 && value.get(0).isTextual() && isId(value.get(1));
        case NOTHING ->
            value.isNull()
                || (value.isTextual() && value.textValue().isEmpty())
                || (value.isNumber() && value.doubleValue() == 0);
        case ANY -> true;
      };
    }
  }

  private static final Map<String, Value> NO_SETTINGS = Map.of();

  private static final Map<String, Value> BYTE_LEVEL =
      Map.of("add_prefix_space", FLAG, "trim_offsets", FLAG, "use_regex", FLAG);

  private static final Map<String, Value> METASPACE =
      Map.of(
          "replacement", CHARACTER,
          "add_prefix_space", FLAG,
          "prepend_scheme", TEXT,
          "split", FLAG,
          "str_rep", TEXT);

  private static final Map<String, Value> REPLACE = Map.of("pattern", ANY, "content", TEXT);

  /** Components that stand alone or in a sequence, which may hold sequences. */
  private enum Section {
    NORMALIZER(
        "normalizer",
        "normalizers",
        Map.ofEntries(
            entry(
                "BertNormalizer",
                Map.of(
                    "clean_text", FLAG,
                    "handle_chinese_chars", FLAG,
                    "strip_accents", OPTIONAL_FLAG,
                    "lowercase", FLAG)),
            entry("ByteLevel", NO_SETTINGS),
            entry("Lowercase", NO_SETTINGS),
            entry("NFC", NO_SETTINGS),
            entry("NFD", NO_SETTINGS),
            entry("NFKC", NO_SETTINGS),
            entry("NFKD", NO_SETTINGS),
            entry("Nmt", NO_SETTINGS),
            entry("Precompiled", Map.of(CHARSMAP, ANY)),
            entry("Prepend", Map.of("prepend", SOME_TEXT)),
            entry("Replace", REPLACE),
            entry("Strip", Map.of("strip_left", FLAG, "strip_right", FLAG)),
            entry("StripAccents", NO_SETTINGS))),
    PRE_TOKENIZER(
        "pre_tokenizer",
        "pretokenizers",
        Map.ofEntries(
            entry("BertPreTokenizer", NO_SETTINGS),
            entry("ByteLevel", BYTE_LEVEL),
            entry("CharDelimiterSplit", Map.of("delimiter", CHARACTER)),
            entry("Digits", Map.of("individual_digits", FLAG)),
            entry("Metaspace", METASPACE),
            entry("Punctuation", Map.of(SPLIT_BEHAVIOR, TEXT)),
            entry("Split", Map.of("pattern", ANY, SPLIT_BEHAVIOR, TEXT, "invert", FLAG)),
            entry("UnicodeScripts", NO_SETTINGS),
            entry("Whitespace", NO_SETTINGS),
            entry("WhitespaceSplit", NO_SETTINGS))),
    POST_PROCESSOR(
        "post_processor",
        "processors",
        Map.of(
            "BertProcessing", Map.of("sep", TOKEN_AND_ID, "cls", TOKEN_AND_ID),
            "ByteLevel", BYTE_LEVEL,
            "RobertaProcessing",
                Map.of(
                    "sep", TOKEN_AND_ID,
                    "cls", TOKEN_AND_ID,
                    "trim_offsets", FLAG,
                    "add_prefix_space", FLAG),
            "TemplateProcessing", Map.of("single", ANY, "pair", ANY, "special_tokens", ANY))),
    /** Read with the rest, never run: ids do not become texts again. */
    DECODER(
        "decoder",
        "decoders",
        Map.of(
            "BPEDecoder", Map.of("suffix", ANY),
            "ByteFallback", NO_SETTINGS,
            "ByteLevel", BYTE_LEVEL,
            "CTC", Map.of("pad_token", ANY, "word_delimiter_token", ANY, "cleanup", ANY),
            "Fuse", NO_SETTINGS,
            "Metaspace", METASPACE,
            "Replace", REPLACE,
            "Strip", Map.of("content", ANY, "start", ANY, "stop", ANY),
            "WordPiece", Map.of("prefix", ANY, "cleanup", ANY)));

    private final String key;
    private final String sequence;

    @SuppressWarnings("ImmutableEnumChecker") // Map.of is
    private final Map<String, Map<String, Value>> types;

    Section(String key, String sequence, Map<String, Map<String, Value>> types) {
      this.key = key;
      this.sequence = sequence;
      this.types = types;
    }
  }

  private static final Map<String, Map<String, Value>> MODELS =
      Map.of(
          "BPE",
              Map.of(
                  // Drops merges at random.
                  "dropout", NOTHING,
                  "unk_token", OPTIONAL_TEXT,
                  // The library cuts its length off each token, shorter ones too.
                  "continuing_subword_prefix", NOTHING,
                  "end_of_word_suffix", OPTIONAL_TEXT,
                  "fuse_unk", FLAG,
                  "byte_fallback", FLAG,
                  "ignore_merges", FLAG,
                  "vocab", ANY,
                  "merges", ANY),
          "Unigram", Map.of("unk_id", ANY, "vocab", ANY, "byte_fallback", FLAG),
          "WordLevel", Map.of("unk_token", TEXT, "vocab", ANY),
          "WordPiece",
              Map.of(
                  "unk_token", TEXT,
                  "continuing_subword_prefix", TEXT,
                  "max_input_chars_per_word", COUNT,
                  "vocab", ANY));

  private static final Map<String, Value> ADDED_TOKEN =
      Map.of(
          "id", ANY,
          "content", SOME_TEXT,
          "single_word", FLAG,
          "lstrip", FLAG,
          "rstrip", FLAG,
          "normalized", FLAG,
          "special", FLAG);

  /** More than one of these would frame what another has framed. */
  private static final Set<String> FRAMES =
      Set.of("BertProcessing", "RobertaProcessing", "TemplateProcessing");

  private static final ObjectReader UNAMBIGUOUS =
      Json.mapper().reader().with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private final String where;

  private TokenizerRules(String where) {
    this.where = where;
  }

  /**
   * Refuses a tokenizer that the library could abort on, or whose ids are random.
   *
   * @param where it comes from, for the message
   * @throws ModelException that names the first such component or setting
   */
  static void check(JsonNode tokenizer, String where) {
    new TokenizerRules(where).check(tokenizer);
  }

  /**
   * The same for a file's bytes. A key that stands twice is refused: the library could take the one
   * that was not looked at.
   */
  public static JsonNode parse(byte[] tokenizer, String where) {
    try {
      JsonNode parsed = UNAMBIGUOUS.readTree(tokenizer);
      check(parsed, where);
      return parsed;
    } catch (IOException e) {
      throw new ModelException("Cannot read " + where + ": it is not valid JSON", e);
    }
  }

  private void check(JsonNode tokenizer) {
    List<JsonNode> normalizers = components(tokenizer, Section.NORMALIZER);
    normalizers.forEach(this::normalizer);
    if (!NormalizerGrowth.isBounded(normalizers)) {
      throw refused("its normalizer makes a text more than %d times as long", NormalizerGrowth.MAX);
    }
    components(tokenizer, Section.PRE_TOKENIZER).stream()
        .filter(component -> component.has("pattern"))
        .forEach(component -> pattern(component.get("pattern")));
    postProcessors(components(tokenizer, Section.POST_PROCESSOR));
    components(tokenizer, Section.DECODER).stream()
        .filter(component -> component.has("pattern"))
        .forEach(component -> pattern(component.get("pattern")));
    model(tokenizer.path("model"));
    for (JsonNode token : tokenizer.path("added_tokens")) {
      settings("added_tokens", token, ADDED_TOKEN);
    }
  }

  /** A section's components in their order, without the sequences around them. */
  private List<JsonNode> components(JsonNode tokenizer, Section section) {
    List<JsonNode> components = new ArrayList<>();
    JsonNode top = tokenizer.path(section.key);
    if (!top.isMissingNode() && !top.isNull()) {
      collect(top, section, components);
    }
    return components;
  }

  /** The depth is that which the JSON reader allows. */
  private void collect(JsonNode component, Section section, List<JsonNode> components) {
    String type = component.path("type").asText();
    if (type.equals("Sequence")) {
      settings(section.key, component, Map.of(section.sequence, ANY));
      component.path(section.sequence).forEach(child -> collect(child, section, components));
      return;
    }
    Map<String, Value> settings = section.types.get(type);
    if (settings == null) {
      throw refused(
          "%s %s is not supported, expected one of %s",
          section.key,
          Untrusted.printable(Json.brief(component.path("type"))),
          section.types.keySet().stream().sorted().toList());
    }
    settings(section.key + " " + type, component, settings);
    components.add(component);
  }

  private void settings(String owner, JsonNode component, Map<String, Value> settings) {
    if (!component.isObject()) {
      throw refused("%s is %s, expected an object", owner, Json.brief(component));
    }
    for (var setting : component.properties()) {
      String key = setting.getKey();
      if (key.equals("type")) {
        continue;
      }
      Value value = settings.get(key);
      if (value == null) {
        throw refused("%s has the unknown setting %s", owner, Untrusted.printable(key));
      }
      if (!value.allows(setting.getValue())) {
        throw refused(
            "%s: %s is %s, expected %s",
            owner, key, Untrusted.printable(Json.brief(setting.getValue())), value.expected);
      }
    }
  }

  private void normalizer(JsonNode normalizer) {
    switch (normalizer.path("type").asText()) {
      case "Precompiled" -> charsmap(normalizer.path(CHARSMAP).asText());
      case "Replace" -> pattern(normalizer.path("pattern"));
      default -> {
        // Its settings say it all.
      }
    }
  }

  private void charsmap(String base64) {
    byte[] charsmap;
    try {
      charsmap = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new ModelException("Cannot read %s: %s is not base64".formatted(where, CHARSMAP), e);
    }
    // Java's decoder forgives what the library does not, such as a missing padding.
    if (!Base64.getEncoder().encodeToString(charsmap).equals(base64)) {
      throw refused("%s is not base64 with padding", CHARSMAP);
    }
    PrecompiledCharsmap.check(charsmap, where);
  }

  private void pattern(JsonNode pattern) {
    JsonNode text = pattern.path("String");
    JsonNode regex = pattern.path("Regex");
    if (pattern.size() != 1
        || !(text.isTextual() || regex.isTextual())
        || (text.isTextual() && text.textValue().isEmpty())) {
      throw refused("a pattern is %s, expected a String or a Regex", Json.brief(pattern));
    }
    if (regex.isTextual() && !TokenizerPattern.isHarmless(regex.textValue())) {
      throw refused(
          "the regular expression %s is not supported, expected one of the usual ones or one with"
              + " at most one quantifier and no group",
          Untrusted.printable(Json.brief(regex)));
    }
  }

  private void postProcessors(List<JsonNode> processors) {
    if (processors.stream().filter(p -> FRAMES.contains(p.path("type").asText())).count() > 1) {
      throw refused("more than one post_processor adds special tokens");
    }
    for (JsonNode processor : processors) {
      if (processor.path("type").asText().equals("TemplateProcessing")) {
        JsonNode specialTokens = processor.path("special_tokens");
        specialTokens.properties().forEach(token -> specialToken(token.getValue()));
        template(processor.path("single"), Set.of("A"), specialTokens);
        template(processor.path("pair"), Set.of("A", "B"), specialTokens);
      }
    }
  }

  private void specialToken(JsonNode token) {
    JsonNode ids = token.path("ids");
    JsonNode tokens = token.path("tokens");
    boolean idsFit = ids.isArray() && !ids.isEmpty() && ids.size() <= MAX_TEMPLATE;
    for (JsonNode id : ids) {
      idsFit &= isId(id);
    }
    if (!idsFit || !tokens.isArray() || tokens.size() != ids.size()) {
      throw refused("TemplateProcessing: a special token does not have as many ids as tokens");
    }
  }

  private void template(JsonNode template, Set<String> sequences, JsonNode specialTokens) {
    if (!template.isArray() || template.size() > MAX_TEMPLATE) {
      throw refused(
          "TemplateProcessing has a template that is no array of at most %d pieces", MAX_TEMPLATE);
    }
    List<String> used = new ArrayList<>();
    for (JsonNode piece : template) {
      JsonNode special = piece.path("SpecialToken").path("id");
      JsonNode sequence = piece.path("Sequence").path("id");
      if (piece.size() != 1
          || !(specialTokens.has(special.asText()) || sequences.contains(sequence.asText()))) {
        throw refused(
            "TemplateProcessing uses %s, expected %s or one of its special_tokens",
            Untrusted.printable(Json.brief(special.isMissingNode() ? sequence : special)),
            String.join(", ", sequences.stream().sorted().toList()));
      }
      if (sequence.isTextual()) {
        used.add(sequence.textValue());
      }
    }
    if (used.size() != Set.copyOf(used).size()) {
      throw refused("TemplateProcessing uses a text twice");
    }
  }

  private void model(JsonNode model) {
    String type = model.has("type") ? model.path("type").asText() : impliedType(model);
    Map<String, Value> settings = MODELS.get(type);
    if (settings == null) {
      throw refused(
          "model %s is not supported, expected one of %s",
          Untrusted.printable(Json.brief(model.path("type"))),
          MODELS.keySet().stream().sorted().toList());
    }
    settings("model " + type, model, settings);
    if (type.equals("Unigram")) {
      pieces(model);
    } else {
      vocabulary(model);
    }
  }

  /** Older files do not name the type; the library takes the first that fits. */
  private static String impliedType(JsonNode model) {
    if (model.has("merges")) {
      return "BPE";
    }
    if (model.path("vocab").isArray()) {
      return "Unigram";
    }
    return model.has("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
  }

  private void pieces(JsonNode model) {
    JsonNode pieces = model.path("vocab");
    JsonNode unknown = model.path("unk_id");
    for (JsonNode piece : pieces) {
      if (!piece.isArray()
          || piece.size() != 2
          || !piece.get(0).isTextual()
          || !piece.get(1).isNumber()) {
        throw refused("model Unigram: vocab is not an array of pieces with scores");
      }
    }
    if (!isId(unknown) || unknown.intValue() >= pieces.size()) {
      throw refused(
          "model Unigram: unk_id is %s, expected the number of one of its %d pieces",
          Untrusted.printable(Json.brief(unknown)), pieces.size());
    }
  }

  private void vocabulary(JsonNode model) {
    JsonNode vocabulary = model.path("vocab");
    if (!vocabulary.isObject()) {
      throw refused("its vocab is %s, expected tokens with ids", Json.brief(vocabulary));
    }
    for (var token : vocabulary.properties()) {
      if (!isId(token.getValue())) {
        throw refused(
            "a token has the id %s, expected a whole number from 0 to %d",
            Untrusted.printable(Json.brief(token.getValue())), MAX_ID);
      }
    }
    // The library would find out at the first text with an unknown word.
    JsonNode unknown = model.path("unk_token");
    if (unknown.isTextual() && !vocabulary.has(unknown.textValue())) {
      throw refused("unk_token %s is not in its vocab", Untrusted.printable(Json.brief(unknown)));
    }
  }

  private static boolean isId(JsonNode id) {
    return id.isInt() && id.intValue() >= 0 && id.intValue() <= MAX_ID;
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in no library that is here
  private ModelException refused(String why, Object... values) {
    return new ModelException("Cannot read " + where + ": " + why.formatted(values));
  }
}
