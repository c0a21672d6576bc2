package org.sbertspark.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.model.SentencePieceModel.Piece;

/**
 * Unigram tokenizers made from a SentencePiece model. The ids of XLM-RoBERTa and CamemBERT are not
 * those of the pieces: both put the special tokens of an older library in front.
 */
final class Unigram {
  /** XLM-RoBERTa and CamemBERT. */
  static final String FAIRSEQ_MODEL = "sentencepiece.bpe.model";

  static final String ALBERT_MODEL = "spiece.model";

  private static final int FAIRSEQ_UNKNOWN_ID = 3;
  private static final String SPACE = "▁";

  private static final Map<String, AddedToken> FAIRSEQ_TOKENS =
      Map.of(
          "bos_token", AddedToken.special("<s>"),
          "eos_token", AddedToken.special("</s>"),
          "unk_token", AddedToken.special("<unk>"),
          "sep_token", AddedToken.special("</s>"),
          "pad_token", AddedToken.special("<pad>"),
          "cls_token", AddedToken.special("<s>"),
          "mask_token", AddedToken.specialStrippingLeft("<mask>"));

  private static final Map<String, AddedToken> ALBERT_TOKENS =
      Map.of(
          "bos_token", AddedToken.special("[CLS]"),
          "eos_token", AddedToken.special("[SEP]"),
          "unk_token", AddedToken.special("<unk>"),
          "sep_token", AddedToken.special("[SEP]"),
          "pad_token", AddedToken.special("<pad>"),
          "cls_token", AddedToken.special("[CLS]"),
          "mask_token", AddedToken.specialStrippingLeft("[MASK]"));

  private Unigram() {}

  /** A tokenizer from {@link #FAIRSEQ_MODEL}. */
  static ObjectNode fairseq(Path folder, TokenizerSettings settings) {
    SentencePieceModel model = SentencePieceModel.read(folder.resolve(FAIRSEQ_MODEL));
    List<Piece> pieces = settings.isOfFamily("camembert") ? camembert(model) : xlmRoberta(model);
    AddedTokens added = added(settings, FAIRSEQ_TOKENS, pieces);

    ArrayNode normalizers = Json.mapper().createArrayNode();
    precompiled(normalizers, model);
    foldSpaces(normalizers);
    return tokenizer(
        added, normalizers, PostProcessors.xlmRoberta(added), pieces, FAIRSEQ_UNKNOWN_ID);
  }

  private static List<Piece> xlmRoberta(SentencePieceModel model) {
    List<Piece> pieces = new ArrayList<>();
    for (String token : List.of("<s>", "<pad>", "</s>", "<unk>")) {
      pieces.add(new Piece(token, 0, SentencePieceModel.Type.CONTROL));
    }
    // Of the model itself, 0 to 2 are <unk>, <s> and </s>.
    pieces.addAll(model.pieces().stream().skip(3).toList());
    pieces.add(new Piece("<mask>", 0, SentencePieceModel.Type.CONTROL));
    return pieces;
  }

  private static List<Piece> camembert(SentencePieceModel model) {
    List<Piece> pieces = new ArrayList<>();
    for (String token : List.of("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>")) {
      pieces.add(new Piece(token, 0, SentencePieceModel.Type.CONTROL));
    }
    pieces.add(new Piece("<unk>NOTUSED", -100, SentencePieceModel.Type.UNUSED));
    // Of the model itself, 0 is <unk>.
    pieces.addAll(model.pieces().stream().skip(1).toList());
    pieces.add(new Piece("<mask>", 0, SentencePieceModel.Type.CONTROL));
    return pieces;
  }

  /** A tokenizer from {@link #ALBERT_MODEL}. */
  static ObjectNode albert(Path folder, TokenizerSettings settings) {
    SentencePieceModel model = SentencePieceModel.read(folder.resolve(ALBERT_MODEL));
    List<Piece> pieces = model.pieces().stream().map(Unigram::withoutNumberComma).toList();
    AddedTokens added = added(settings, ALBERT_TOKENS, pieces);

    ArrayNode normalizers = Json.mapper().createArrayNode();
    replace(normalizers, "String", "``", "\"");
    replace(normalizers, "String", "''", "\"");
    if (!settings.flag("keep_accents", false)) {
      normalizers.addObject().put("type", "NFKD");
      normalizers.addObject().put("type", "StripAccents");
    }
    if (settings.flag("do_lower_case", true)) {
      normalizers.addObject().put("type", "Lowercase");
    }
    precompiled(normalizers, model);
    foldSpaces(normalizers);
    return tokenizer(added, normalizers, PostProcessors.bert(added), pieces, model.unknownId());
  }

  /** ALBERT never ends a piece in a digit and a comma; such pieces are made improbable. */
  private static Piece withoutNumberComma(Piece piece) {
    String text = piece.text();
    return text.endsWith(",")
            && text.length() > 1
            && Character.isDigit(text.codePointBefore(text.length() - 1))
        ? new Piece(text, piece.score() - 100, piece.type())
        : piece;
  }

  private static AddedTokens added(
      TokenizerSettings settings, Map<String, AddedToken> family, List<Piece> pieces) {
    Map<String, Integer> vocabulary = new HashMap<>();
    List<AddedToken> ofModel = new ArrayList<>();
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      vocabulary.put(piece.text(), id);
      if (piece.type() == SentencePieceModel.Type.CONTROL) {
        ofModel.add(AddedToken.special(piece.text()));
      } else if (piece.type() == SentencePieceModel.Type.USER_DEFINED) {
        ofModel.add(AddedToken.literal(piece.text()));
      }
    }
    return settings.addedTokens(family, vocabulary, pieces.size(), ofModel);
  }

  private static void precompiled(ArrayNode normalizers, SentencePieceModel model) {
    if (!model.charsmap().isEmpty()) {
      normalizers
          .addObject()
          .put("type", "Precompiled")
          .put(
              TokenizerRules.CHARSMAP,
              Base64.getEncoder().encodeToString(model.charsmap().toByteArray()));
    }
  }

  private static void foldSpaces(ArrayNode normalizers) {
    replace(normalizers, "Regex", " {2,}", " ");
  }

  private static void replace(
      ArrayNode normalizers, String kind, String pattern, String replacement) {
    ObjectNode replace = normalizers.addObject().put("type", "Replace");
    replace.putObject("pattern").put(kind, pattern);
    replace.put("content", replacement);
  }

  private static ObjectNode tokenizer(
      AddedTokens added,
      ArrayNode normalizers,
      ObjectNode postProcessor,
      List<Piece> pieces,
      int unknownId) {
    ObjectNode tokenizer = TokenizerJson.skeleton(added);
    tokenizer.putObject("normalizer").put("type", "Sequence").set("normalizers", normalizers);
    ArrayNode preTokenizers =
        tokenizer.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    // The space between two special tokens is no word.
    preTokenizers.addObject().put("type", "WhitespaceSplit");
    metaspace(preTokenizers.addObject());
    tokenizer.set("post_processor", postProcessor);
    metaspace(tokenizer.putObject("decoder"));
    ObjectNode model =
        tokenizer
            .putObject("model")
            .put("type", "Unigram")
            .put("unk_id", unknownId)
            .put("byte_fallback", false);
    ArrayNode vocabulary = model.putArray("vocab");
    for (Piece piece : pieces) {
      vocabulary.addArray().add(piece.text()).add(piece.score());
    }
    return tokenizer;
  }

  private static void metaspace(ObjectNode node) {
    node.put("type", "Metaspace")
        .put("replacement", SPACE)
        .put("prepend_scheme", "always")
        .put("split", true);
  }
}
