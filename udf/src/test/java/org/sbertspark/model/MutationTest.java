package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages well-formed files in many ways: whatever comes, a reader succeeds or throws a {@link
 * ModelException}.
 */
class MutationTest {
  private final Mutations mutations = new Mutations();

  private static final String ALL_CHARACTERS =
      IntStream.range(1, 0x20000)
          .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();

  @TempDir Path folder;

  @Test
  void safetensors() throws IOException {
    byte[] file =
        Checkpoints.safetensors(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[24,30]},"
                + "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[30,38]}}",
            new byte[38]);
    mutate(file, "model.safetensors", path -> readAll(SafetensorsFile.open(path)));
  }

  @Test
  void checkpointsOfTheNewerFormat() throws IOException {
    mutate(Checkpoints.smallZip(), "pytorch_model.bin", path -> readAll(CheckpointFile.open(path)));
  }

  @Test
  void checkpointsBeyondFourGibibytes() throws IOException {
    byte[] zip = Checkpoints.zip64(Checkpoints.smallZip());
    mutate(zip, "pytorch_model.bin", path -> readAll(CheckpointFile.open(path)));
  }

  @Test
  void checkpointsOfTheOldFormat() throws IOException {
    mutate(
        Checkpoints.smallLegacy(), "pytorch_model.bin", path -> readAll(CheckpointFile.open(path)));
  }

  @Test
  void indicesOfShards() throws IOException {
    Files.write(folder.resolve("one.bin"), Checkpoints.smallZip());
    byte[] json =
        "{\"metadata\":{\"total_size\":48},\"weight_map\":{\"a\":\"one.bin\",\"b\":\"one.bin\"}}"
            .getBytes(StandardCharsets.UTF_8);
    mutate(json, "pytorch_model.bin.index.json", path -> readAll(WeightFiles.open(folder)));
  }

  @Test
  void indicesOfSafetensors() throws IOException {
    Files.write(
        folder.resolve("one.safetensors"),
        Checkpoints.safetensors(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
            new byte[12]));
    byte[] json =
        ("{\"metadata\":{\"total_size\":12},"
                + "\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}")
            .getBytes(StandardCharsets.UTF_8);
    mutate(json, "model.safetensors.index.json", path -> readAll(WeightFiles.open(folder)));
  }

  @Test
  void wordPieces() throws IOException {
    byte[] lines =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\né\n".getBytes(StandardCharsets.UTF_8);
    mutate(lines, "vocab.txt", path -> TokenizerJson.read(folder));
  }

  @Test
  void specialTokens() throws IOException {
    Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    byte[] json =
        ("{\"unk_token\":\"[UNK]\",\"cls_token\":{\"content\":\"[CLS]\",\"normalized\":false},"
                + "\"mask_token\":{\"content\":\"[MASK]\",\"lstrip\":true,\"rstrip\":false},"
                + "\"additional_special_tokens\":[\"<q>\",{\"content\":\"<d>\"}]}")
            .getBytes(StandardCharsets.UTF_8);
    mutate(json, "special_tokens_map.json", path -> TokenizerJson.read(folder));
  }

  @Test
  void addedTokens() throws IOException {
    Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    byte[] json = "{\"<q>\": 6, \"word\": 7, \"[MASK]\": 4}".getBytes(StandardCharsets.UTF_8);
    mutate(json, "added_tokens.json", path -> TokenizerJson.read(folder));
  }

  @Test
  void settingsOfTokenizers() throws IOException {
    Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    byte[] json =
        ("{\"do_lower_case\":true,\"strip_accents\":null,\"tokenizer_class\":\"BertTokenizer\","
                + "\"unk_token\":\"[UNK]\",\"mask_token\":{\"content\":\"[MASK]\",\"lstrip\":true},"
                + "\"additional_special_tokens\":[\"<q>\"],"
                + "\"added_tokens_decoder\":{\"5\":{\"content\":\"x\",\"special\":false}}}")
            .getBytes(StandardCharsets.UTF_8);
    mutate(json, "tokenizer_config.json", path -> TokenizerJson.read(folder));
  }

  @Test
  void bytePairs() throws IOException {
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\na b\n");
    byte[] json =
        "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"a\":4,\"b\":5,\"ab\":6,\"<mask>\":7}"
            .getBytes(StandardCharsets.UTF_8);
    mutate(json, "vocab.json", path -> TokenizerJson.read(folder));
    mutate(
        "#version: 0.2\na b\n".getBytes(StandardCharsets.UTF_8),
        "merges.txt",
        path -> TokenizerJson.read(folder));
  }

  @Test
  void sentencePieceModels() throws IOException {
    byte[] model =
        SentencePieces.model(1, 0, List.of("<unk>", "<s>", "</s>", "▁", "▁a", "b", "5,"));
    mutate(model, "spiece.model", path -> TokenizerJson.read(folder));
    Files.delete(folder.resolve("spiece.model"));
    mutate(model, "sentencepiece.bpe.model", path -> TokenizerJson.read(folder));
  }

  @Test
  void normalisationRulesThatPassDoNotAbortTheProcess() throws IOException, URISyntaxException {
    Path golden = Path.of(MutationTest.class.getResource("/golden/xlmr-mean-unigram").toURI());
    byte[] rules =
        SentencePieceModel.read(golden.resolve("sentencepiece.bpe.model")).charsmap().toByteArray();
    Random random = mutations.random();
    int accepted = 0;
    for (int i = 0; i < 300; i++) {
      byte[] mutated = rules.clone();
      for (int n = random.nextInt(1 << random.nextInt(8)); n >= 0; n--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      try {
        PrecompiledCharsmap.check(mutated, "test");
      } catch (ModelException e) {
        continue;
      }
      accepted++;
      normalizeEverything(mutated);
    }
    assertThat(accepted).as(mutations.toString()).isGreaterThan(10);
  }

  /** Loads the rules in the native library and runs all characters through them. */
  private static void normalizeEverything(byte[] charsmap) throws IOException {
    ObjectNode json = Json.mapper().createObjectNode().put("version", "1.0");
    json.putArray("added_tokens");
    json.putObject("normalizer")
        .put("type", "Precompiled")
        .put("precompiled_charsmap", Base64.getEncoder().encodeToString(charsmap));
    ObjectNode model = json.putObject("model").put("type", "WordPiece").put("unk_token", "u");
    model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
    model.putObject("vocab").put("u", 0);
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(Json.mapper().writeValueAsBytes(json)), Map.of())) {
      tokenizer.encode(ALL_CHARACTERS);
    }
  }

  private static void readAll(Weights weights) {
    for (String name : weights.names()) {
      Tensor tensor = weights.get(name);
      if (tensor.dtype().isFloat()) {
        tensor.toFloats();
      }
    }
  }

  private void mutate(byte[] good, String name, Consumer<Path> reader) throws IOException {
    mutations.read(good, folder.resolve(name), reader);
  }
}
