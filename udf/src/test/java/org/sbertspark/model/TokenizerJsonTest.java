package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {
  private static final String ROBERTA = "roberta-768-mean-normalize";
  private static final String XLM_ROBERTA = "xlmr-mean-unigram";
  private static final String ALBERT = "albert-mean-spiece";

  /**
   * "… 한국어 … हिन्दी …": the golden ids are those of ALBERT's slow tokenizer. The fast one, which is
   * what people run, takes off all combining marks, Hindi's vowel signs too, where the slow one
   * keeps those of combining class 0; and it does not compose Hangul again after decomposing it.
   */
  private static final int ALBERT_MARKS = 8;

  private static final long[] ALBERT_MARKS_FAST = {
    2, 5, 360, 361, 5, 362, 363, 364, 5, 1, 5, 349, 354, 353, 352, 350, 355, 351, 5, 357, 376, 356,
    17, 87, 217, 3
  };

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        ROBERTA,
        XLM_ROBERTA,
        ALBERT,
        "roberta-four-poolings-bf16",
        "training-trace/start",
        "training-trace/end",
        "bert-cls-lowercase-bin",
        "bert-plain-huggingface",
        "distilbert-max-dense-tanh",
        "electra-mean-normalize",
        "mpnet-mean-normalize",
        "camembert-mean-normalize"
      })
  void givesTheGoldenIds(String model) throws IOException {
    assertGoldenIds(model, golden(model));
  }

  @ParameterizedTest
  @ValueSource(strings = {ROBERTA, XLM_ROBERTA})
  void givesTheGoldenIdsFromTheOlderFilesToo(String model) throws IOException {
    copyTokenizer(model);
    Files.delete(folder.resolve("tokenizer.json"));
    assertGoldenIds(model, folder);
  }

  private static void assertGoldenIds(String model, Path tokenizerFolder) throws IOException {
    Path golden = golden(model);
    Path sentenceBert = golden.resolve("sentence_bert_config.json");
    Path plain = golden.resolve("tokenizer_config.json");
    JsonNode config = Json.object(Files.exists(sentenceBert) ? sentenceBert : plain);
    // A plain Hugging Face folder lowers inside its tokenizer only.
    boolean lowerCase = Files.exists(sentenceBert) && config.get("do_lower_case").booleanValue();
    int maxTokens = config.path("max_seq_length").asInt(config.path("model_max_length").intValue());
    JsonNode expected = Json.object(golden.resolve("golden.json"));
    SoftAssertions softly = new SoftAssertions();
    try (HuggingFaceTokenizer tokenizer =
        tokenizer(
            TokenizerJson.read(tokenizerFolder),
            Map.of("truncation", "true", "maxLength", Integer.toString(maxTokens)))) {
      for (int i = 0; i < expected.get("texts").size(); i++) {
        String text = expected.get("texts").get(i).textValue();
        long[] ids = tokenizer.encode(TextCanonicalizer.canonical(text, lowerCase)).getIds();
        softly
            .assertThat(ids)
            .as("text %d", i)
            .isEqualTo(
                model.equals(ALBERT) && i == ALBERT_MARKS
                    ? ALBERT_MARKS_FAST
                    : Json.mapper().convertValue(expected.get("input_ids").get(i), long[].class));
      }
    }
    softly.assertAll();
  }

  @Test
  void takesTruncationAndPaddingOffAnExistingFile() throws IOException {
    ObjectNode json = (ObjectNode) Json.object(golden(ROBERTA).resolve("tokenizer.json"));
    json.putObject("truncation").put("max_length", 4);
    json.putObject("padding").put("pad_id", 1);
    Files.write(folder.resolve("tokenizer.json"), Json.mapper().writeValueAsBytes(json));
    JsonNode read = Json.parse(TokenizerJson.read(folder), "test");
    assertThat(read.get("truncation").isNull()).isTrue();
    assertThat(read.get("padding").isNull()).isTrue();
    assertThat(read.get("model")).isEqualTo(json.get("model"));
  }

  @Test
  void namesTheFilesItLookedFor() {
    assertRefused(
        "Cannot find a tokenizer in "
            + folder
            + ": expected tokenizer.json, or vocab.json with merges.txt, or vocab.txt,"
            + " or sentencepiece.bpe.model, or spiece.model");
  }

  @Test
  void refusesAFileThatIsNoTokenizer() throws IOException {
    write("tokenizer.json", "{\"version\": ");
    assertRefused("tokenizer.json: not valid JSON at line 1");
    write("tokenizer.json", "{\"version\": \"1.0\"}");
    assertRefused("tokenizer.json: it has no model");
  }

  @Test
  void refusesNormalisationRulesThatWouldAbortTheProcess() throws IOException {
    copyTokenizer(XLM_ROBERTA);
    String json = Files.readString(folder.resolve("tokenizer.json"));
    String begin = "\"precompiled_charsmap\": \"";
    int charsmap = json.indexOf(begin) + begin.length();
    assertThat(charsmap).isGreaterThan(begin.length());
    write("tokenizer.json", json.substring(0, charsmap) + "AAAA" + json.substring(charsmap + 4));
    assertRefused("its normalisation rules (precompiled_charsmap) are damaged");
    write("tokenizer.json", json.substring(0, charsmap) + "?" + json.substring(charsmap + 1));
    assertRefused("precompiled_charsmap is not base64");
    write("tokenizer.json", json.replace("\"precompiled_charsmap\"", "\"other\""));
    assertRefused("normalizer Precompiled has the unknown setting other");
  }

  @Test
  void wordPieceFollowsItsSettings() throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nécole\necole\nÉcole\n##s\n");
    write("config.json", "{\"model_type\": \"bert\"}");
    assertIds("École", 2, 6, 3);
    write("tokenizer_config.json", "{\"do_lower_case\": false}");
    assertIds("École Écoles", 2, 7, 7, 8, 3);
    write("tokenizer_config.json", "{\"do_lower_case\": true, \"strip_accents\": false}");
    assertIds("École", 2, 5, 3);
    write("tokenizer_config.json", "{\"do_lower_case\": \"yes\"}");
    assertRefused("tokenizer_config.json: do_lower_case is \"yes\", expected true or false");
  }

  @Test
  void wordPieceReadsLinesThatEndInCarriageReturns() throws IOException {
    write("vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nword\r\n");
    assertIds("word", 2, 4, 3);
  }

  @Test
  void wordPieceNeedsItsUnknownToken() throws IOException {
    write("vocab.txt", "[PAD]\n[CLS]\n[SEP]\n");
    assertRefused("vocab.txt: it has no line [UNK]");
    Files.write(folder.resolve("vocab.txt"), new byte[] {'a', (byte) 0xff});
    assertRefused("vocab.txt: it is not UTF-8 text");
  }

  @Test
  void addedTokensFollowTheVocabulary() throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nnew\n##york\n");
    write("added_tokens.json", "{\"zeta\": 7, \"newyork\": 6}");
    // [MASK] is not in the vocabulary either.
    assertIds("zeta newyork [MASK]", 2, 7, 6, 8, 3);
    write(
        "special_tokens_map.json",
        "{\"mask_token\": {\"content\": \"<m>\", \"lstrip\": true},"
            + " \"additional_special_tokens\": [\"<q>\"]}");
    assertIds("new<m><q>", 2, 4, 8, 9, 3);
  }

  @Test
  void theNewerListOfAddedTokensWins() throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nx\n");
    write("added_tokens.json", "{\"old\": 6}");
    write(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"6\": {\"content\": \"b\", \"special\": false},"
            + " \"3\": {\"content\": \"[SEP]\", \"special\": true}}}");
    JsonNode added = Json.parse(TokenizerJson.read(folder), "test").get("added_tokens");
    assertThat(added.findValuesAsText("content"))
        .containsExactly("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "b");
    assertThat(added.findValuesAsText("id")).containsExactly("0", "1", "2", "3", "4", "6");
  }

  @Test
  void refusesAddedTokensWithoutTextOrId() throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nx\n");
    write("special_tokens_map.json", "{\"cls_token\": 5}");
    assertRefused("cls_token is 5, expected a token as a string or as an object with content");
    write("special_tokens_map.json", "{}");
    write("added_tokens.json", "{\"a\": \"b\"}");
    assertRefused("added_tokens.json: a token's id is not a whole number");
  }

  @Test
  void bytePairsFollowTheirSettings() throws IOException {
    write(
        "vocab.json",
        "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"a\":4,\"b\":5,\"ab\":6,\"Ġ\":7,\"Ġa\":8}");
    write("merges.txt", "#version: 0.2\na b\nĠ a\n");
    assertIds("ab ab", 0, 6, 7, 6, 2);
    write("merges.txt", "a b\n");
    assertIds("ab", 0, 6, 2);
    write("tokenizer_config.json", "{\"add_prefix_space\": true}");
    assertIds("ab", 0, 7, 6, 2);
  }

  @Test
  void bytePairsMustBeInTheVocabulary() throws IOException {
    write("vocab.json", "{\"<s>\":0,\"</s>\":1,\"a\":2,\"b\":3}");
    write("merges.txt", "#version: 0.2\na b\n");
    assertRefused("merges.txt: line 2 is not a pair of tokens of vocab.json");
    write("vocab.json", "{\"a\": -1}");
    assertRefused("vocab.json: a token has the id -1");
    write("vocab.json", "{\"a\": 2147483647}");
    assertRefused("vocab.json: a token has the id 2147483647");
  }

  @Test
  void theTokenizersClassOutranksTheModelsType() throws IOException {
    // As the multilingual MiniLM models do: BERT's layers, XLM-RoBERTa's tokenizer.
    copyTokenizer(XLM_ROBERTA);
    Files.delete(folder.resolve("tokenizer.json"));
    write("config.json", "{\"model_type\": \"bert\"}");
    assertGoldenIds(XLM_ROBERTA, folder);
    write("config.json", "{\"model_type\": \"camembert\"}");
    write("tokenizer_config.json", "{\"tokenizer_class\": \"XLMRobertaTokenizer\"}");
    assertGoldenIds(XLM_ROBERTA, folder);
  }

  @Test
  void keepsNumberAndCommaApartForAlbert() throws IOException {
    byte[] model =
        SentencePieces.model(
            1, 0, List.of("<unk>", "[CLS]", "[SEP]", "▁", "▁5,", "▁5", ",", "▁a,", "a"));
    Files.write(folder.resolve("spiece.model"), model);
    assertIds("5, a,", 1, 5, 6, 7, 2);
  }

  @Test
  void refusesSentencePieceModelsOfOtherTypes() throws IOException {
    List<String> pieces = List.of("<unk>", "[CLS]", "[SEP]", "a");
    Files.write(folder.resolve("spiece.model"), SentencePieces.model(2, 0, pieces));
    assertRefused("spiece.model: its model_type is 2, expected 1 (unigram)");
    Files.write(folder.resolve("spiece.model"), SentencePieces.model(1, 4, pieces));
    assertRefused("spiece.model: its unk_id is 4, expected the number of one of its 4 pieces");
    Files.write(folder.resolve("spiece.model"), SentencePieces.model(1, 0, List.of("<unk>", "")));
    assertRefused("spiece.model: piece 1 has no text");
    write("spiece.model", "this is no model");
    assertRefused("spiece.model");
  }

  private void assertIds(String text, long... ids) throws IOException {
    try (HuggingFaceTokenizer tokenizer = tokenizer(TokenizerJson.read(folder), Map.of())) {
      assertThat(tokenizer.encode(text).getIds()).isEqualTo(ids);
    }
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> TokenizerJson.read(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  private void write(String file, String text) throws IOException {
    Files.write(folder.resolve(file), text.getBytes(StandardCharsets.UTF_8));
  }

  private void copyTokenizer(String model) throws IOException {
    for (String name :
        List.of(
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "vocab.json",
            "merges.txt",
            "sentencepiece.bpe.model")) {
      Path file = golden(model).resolve(name);
      if (Files.exists(file)) {
        Files.copy(file, folder.resolve(name));
      }
    }
  }

  private static HuggingFaceTokenizer tokenizer(byte[] json, Map<String, String> options)
      throws IOException {
    return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
  }

  private static Path golden(String model) {
    try {
      return Path.of(TokenizerJsonTest.class.getResource("/golden/" + model).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
