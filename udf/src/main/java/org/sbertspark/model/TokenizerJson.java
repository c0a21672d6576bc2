package org.sbertspark.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The tokenizer of a model folder in the one format that the tokenizers library reads: {@code
 * tokenizer.json}. Older folders hold only a vocabulary and settings; for them the file is built as
 * the reference builds its fast tokenizers.
 *
 * @see <a
 *     href="https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py">the
 *     reference's conversion</a>
 */
public final class TokenizerJson {
  private static final String TOKENIZER = "tokenizer.json";

  /** What a tokenizer is read from; the first that is there wins. */
  private static final List<List<String>> SOURCES =
      List.of(
          List.of(TOKENIZER),
          List.of(ByteLevelBpe.VOCABULARY, ByteLevelBpe.MERGES),
          List.of(WordPiece.VOCABULARY),
          List.of(Unigram.FAIRSEQ_MODEL),
          List.of(Unigram.ALBERT_MODEL));

  private TokenizerJson() {}

  /**
   * A {@code tokenizer.json} without truncation and padding: those are the encoder's business.
   *
   * @throws ModelException if the folder holds no tokenizer that can be read
   */
  static byte[] read(Path folder) {
    ObjectNode tokenizer = tokenizer(folder);
    tokenizer.putNull("truncation");
    tokenizer.putNull("padding");
    TokenizerRules.check(tokenizer, folder.toString());
    try {
      return Json.mapper().writeValueAsBytes(tokenizer);
    } catch (JsonProcessingException e) {
      throw new ModelException("Cannot write the tokenizer of " + folder, e);
    }
  }

  /**
   * The files that a folder's tokenizer is read from, beside its settings.
   *
   * @throws ModelException if there are none
   */
  static List<Path> files(Path folder) {
    return names(name -> Files.isRegularFile(folder.resolve(name)))
        .orElseThrow(
            () ->
                new ModelException(
                    "Cannot find a tokenizer in %s: expected %s"
                        .formatted(
                            folder,
                            SOURCES.stream()
                                .map(names -> String.join(" with ", names))
                                .collect(Collectors.joining(", or ")))))
        .stream()
        .map(folder::resolve)
        .toList();
  }

  /**
   * The names of the files that a tokenizer is read from, beside its settings; empty if there is
   * none.
   *
   * @param has whether the folder has a file of that name
   */
  public static Optional<List<String>> names(Predicate<String> has) {
    return SOURCES.stream().filter(names -> names.stream().allMatch(has)).findFirst();
  }

  private static ObjectNode tokenizer(Path folder) {
    Path file = files(folder).get(0);
    return switch (file.getFileName().toString()) {
      case TOKENIZER -> existing(file);
      case ByteLevelBpe.VOCABULARY ->
          ByteLevelBpe.tokenizer(folder, TokenizerSettings.read(folder));
      case WordPiece.VOCABULARY -> WordPiece.tokenizer(folder, TokenizerSettings.read(folder));
      case Unigram.FAIRSEQ_MODEL -> Unigram.fairseq(folder, TokenizerSettings.read(folder));
      case Unigram.ALBERT_MODEL -> Unigram.albert(folder, TokenizerSettings.read(folder));
      default -> throw new AssertionError(file);
    };
  }

  private static ObjectNode existing(Path file) {
    ObjectNode tokenizer = (ObjectNode) Json.object(file);
    if (!tokenizer.path("model").isObject()) {
      throw new ModelException("Cannot read " + file + ": it has no model, expected a tokenizer");
    }
    return tokenizer;
  }

  /** What every built tokenizer starts with; the keys stand in the format's order. */
  static ObjectNode skeleton(AddedTokens addedTokens) {
    ObjectNode tokenizer = Json.mapper().createObjectNode().put("version", "1.0");
    tokenizer.set("added_tokens", addedTokens.toJson());
    return tokenizer;
  }
}
