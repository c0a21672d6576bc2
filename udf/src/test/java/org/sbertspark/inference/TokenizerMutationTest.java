package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.model.DType;
import org.sbertspark.model.Mutations;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.testing.OtherJvm;

/**
 * Damaged tokenizers through the native library, which aborts the process that it disagrees with:
 * so in one of its own, with a small heap.
 */
class TokenizerMutationTest {
  private static final int COUNT = Mutations.COUNT;

  private final Mutations mutations = new Mutations();

  @TempDir private Path folder;

  /** One small tokenizer of each kind. */
  private enum Kind {
    BYTE_LEVEL_BPE(
        """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
          {"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
           "normalized": false, "special": true},
          {"id": 7, "content": "<mask>", "single_word": false, "lstrip": true, "rstrip": false,
           "normalized": false, "special": true}],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
          "use_regex": true},
         "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
          "trim_offsets": true, "add_prefix_space": false},
         "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
          "use_regex": true},
         "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>",
          "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
          "byte_fallback": false,
          "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6,
           "<mask>": 7, "abab": 8},
          "merges": ["a b", "ab ab"]}}
        """),
    WORD_PIECE(
        """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
          {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
           "normalized": false, "special": true},
          {"id": 4, "content": "[MASK]", "single_word": false, "lstrip": true, "rstrip": false,
           "normalized": false, "special": true},
          {"id": 8, "content": "aa", "single_word": true, "lstrip": false, "rstrip": true,
           "normalized": true, "special": false}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true,
          "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}},
           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
          "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
           {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
          "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
           "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100,
          "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "##b": 6,
           "##a": 7}}}
        """),
    UNIGRAM(
        """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
          {"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
           "normalized": false, "special": true}],
         "normalizer": {"type": "Sequence", "normalizers": [
          {"type": "Replace", "pattern": {"String": "``"}, "content": "\\""}, {"type": "NFKD"},
          {"type": "StripAccents"}, {"type": "Lowercase"},
          {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
          {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always",
           "split": true}]},
         "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
          "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
         "decoder": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always",
          "split": true},
         "model": {"type": "Unigram", "unk_id": 1, "byte_fallback": false,
          "vocab": [["<s>", 0.0], ["<unk>", 0.0], ["\u2581", -2.5], ["a", -3.5], ["b", -3.75],
           ["ab", -2.0], ["\u2581a", -3.0]]}}
        """),
    WORD_LEVEL(
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
          {"type": "Prepend", "prepend": "\u2581"},
          {"type": "Replace", "pattern": {"String": "!"}, "content": " ! "},
          {"type": "Strip", "strip_left": true, "strip_right": true}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "pattern": {"Regex": "\\\\s+"}, "behavior": "Isolated",
           "invert": false},
          {"type": "Punctuation", "behavior": "MergedWithNext"},
          {"type": "Digits", "individual_digits": true}]},
         "post_processor": {"type": "Sequence", "processors": [
          {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
          {"type": "BertProcessing", "sep": ["b", 2], "cls": ["a", 1]}]},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}]},
         "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 1, "b": 2}}}
        """);

    private final String json;

    Kind(String json) {
      this.json = json;
    }
  }

  @ParameterizedTest
  @EnumSource
  void tokenizers(Kind kind) throws IOException, InterruptedException {
    Files.writeString(folder.resolve("tokenizer.json"), kind.json);
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]
        """);
    new SafetensorsWriter(DType.F32)
        .add("embedding.weight", new long[] {1, 1}, () -> new float[1])
        .write(folder.resolve("model.safetensors"));
    String output;
    try {
      output =
          OtherJvm.run(
              TokenizerMutationMain.class,
              List.of("-Xmx64m"),
              folder.toString(),
              Integer.toString(COUNT),
              Long.toString(mutations.seed()));
    } catch (AssertionError e) {
      throw new AssertionError(
          "%s, %s, last: %s"
              .formatted(kind, mutations, Files.readString(folder.resolve("tokenizer.json"))),
          e);
    }
    Matcher refused = Pattern.compile("refused (\\d+)").matcher(output);
    assertThat(refused.find()).as(output).isTrue();
    // Most changes break something, but not all.
    assertThat(Integer.parseInt(refused.group(1)))
        .as("%s, %s", kind, mutations)
        .isBetween(COUNT / 20, COUNT * 19 / 20);
  }
}
