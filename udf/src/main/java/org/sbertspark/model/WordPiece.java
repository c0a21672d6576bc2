package org.sbertspark.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** WordPiece as BERT stores it: {@code vocab.txt}, a token a line, the id is the line's number. */
final class WordPiece {
  static final String VOCABULARY = "vocab.txt";

  private static final Map<String, AddedToken> BERT_TOKENS =
      Map.of(
          "unk_token", AddedToken.special("[UNK]"),
          "sep_token", AddedToken.special("[SEP]"),
          "pad_token", AddedToken.special("[PAD]"),
          "cls_token", AddedToken.special("[CLS]"),
          "mask_token", AddedToken.special("[MASK]"));

  private static final Map<String, AddedToken> MPNET_TOKENS =
      Map.of(
          "bos_token", AddedToken.special("<s>"),
          "eos_token", AddedToken.special("</s>"),
          "unk_token", AddedToken.special("[UNK]"),
          "sep_token", AddedToken.special("</s>"),
          "pad_token", AddedToken.special("<pad>"),
          "cls_token", AddedToken.special("<s>"),
          "mask_token", AddedToken.specialStrippingLeft("<mask>"));

  private WordPiece() {}

  static ObjectNode tokenizer(Path folder, TokenizerSettings settings) {
    boolean mpnet = settings.isOfFamily("mpnet");
    Map<String, Integer> vocabulary = vocabulary(folder.resolve(VOCABULARY));
    AddedTokens added = settings.addedTokens(mpnet ? MPNET_TOKENS : BERT_TOKENS, vocabulary);
    String unknown = added.content("unk_token");
    if (!vocabulary.containsKey(unknown)) {
      throw new ModelException(
          "Cannot read %s: it has no line %s, the token for unknown words"
              .formatted(folder.resolve(VOCABULARY), unknown));
    }

    ObjectNode tokenizer = TokenizerJson.skeleton(added);
    ObjectNode normalizer =
        tokenizer
            .putObject("normalizer")
            .put("type", "BertNormalizer")
            .put("clean_text", true)
            .put("handle_chinese_chars", settings.flag("tokenize_chinese_chars", true))
            .put("lowercase", settings.flag("do_lower_case", true));
    // Left open, the accents follow lowercase.
    normalizer.put("strip_accents", settings.optionalFlag("strip_accents").orElse(null));
    tokenizer.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    tokenizer.set(
        "post_processor", mpnet ? PostProcessors.mpnet(added) : PostProcessors.bert(added));
    tokenizer
        .putObject("decoder")
        .put("type", "WordPiece")
        .put("prefix", "##")
        .put("cleanup", true);
    ObjectNode model =
        tokenizer
            .putObject("model")
            .put("type", "WordPiece")
            .put("unk_token", unknown)
            .put("continuing_subword_prefix", "##")
            .put("max_input_chars_per_word", 100);
    ObjectNode ids = model.putObject("vocab");
    vocabulary.forEach(ids::put);
    return tokenizer;
  }

  /** Of equal lines the last one counts, as in the reference. */
  private static Map<String, Integer> vocabulary(Path file) {
    List<String> lines = SmallFile.lines(file);
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (int id = 0; id < lines.size(); id++) {
      vocabulary.put(lines.get(id), id);
    }
    return vocabulary;
  }
}
