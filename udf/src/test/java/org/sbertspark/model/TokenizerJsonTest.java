package org.sbertspark.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "roberta-768-mean-normalize",
        "roberta-four-poolings-bf16",
        "training-trace/start",
        "training-trace/end",
        "bert-cls-lowercase-bin",
        "bert-plain-huggingface",
        "distilbert-max-dense-tanh",
        "electra-mean-normalize",
        "mpnet-mean-normalize",
        "xlmr-mean-unigram",
        "camembert-mean-normalize",
        "albert-mean-spiece"
      })
  void givesTheGoldenIds(String model) throws IOException {
    assertGoldenIds(golden(model), golden(model));
  }

  @ParameterizedTest
  @ValueSource(strings = {"roberta-768-mean-normalize", "xlmr-mean-unigram"})
  void givesTheGoldenIdsFromTheOlderFilesToo(String model) throws IOException {
    try (var files = Files.list(golden(model))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("tokenizer.json") && !name.endsWith(".safetensors")) {
          Files.copy(file, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    assertGoldenIds(golden(model), folder);
  }

  private static void assertGoldenIds(Path golden, Path tokenizerFolder) throws IOException {
    Path sentenceBert = golden.resolve("sentence_bert_config.json");
    Path plain = golden.resolve("tokenizer_config.json");
    JsonNode config = Json.object(Files.exists(sentenceBert) ? sentenceBert : plain);
    // A plain Hugging Face folder lowers inside its tokenizer only.
    boolean lowerCase = Files.exists(sentenceBert) && config.get("do_lower_case").booleanValue();
    int maxTokens = config.path("max_seq_length").asInt(config.path("model_max_length").intValue());
    JsonNode expected = Json.object(golden.resolve("golden.json"));
    byte[] json = TokenizerJson.read(tokenizerFolder);
    SoftAssertions softly = new SoftAssertions();
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(json),
            Map.of(
                "addSpecialTokens",
                "true",
                "truncation",
                "true",
                "maxLength",
                Integer.toString(maxTokens),
                "modelMaxLength",
                Integer.toString(maxTokens)))) {
      for (int i = 0; i < expected.get("texts").size(); i++) {
        String text = expected.get("texts").get(i).textValue();
        long[] ids = tokenizer.encode(TextCanonicalizer.canonical(text, lowerCase)).getIds();
        long[] wanted = Json.mapper().convertValue(expected.get("input_ids").get(i), long[].class);
        softly.assertThat(ids).as("text %d", i).isEqualTo(wanted);
      }
    }
    softly.assertAll();
  }

  private static Path golden(String model) {
    try {
      return Path.of(TokenizerJsonTest.class.getResource("/golden/" + model).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
