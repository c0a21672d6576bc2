package org.sbertspark.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.sbertspark.model.JsonMutations;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.Mutations;

/**
 * Reads damaged copies of a model folder's tokenizer.json and lets the tokenizers library load what
 * was not refused and encode texts with it.
 */
final class TokenizerMutationMain {
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "abab aa <s> [CLS]</s><mask> ab[MASK] a",
          "  A\u00e9\u0301 \ufdfa\u4e2d\u6587 \ud83d\ude00\u200d\ud83d\ude80\tb\r\n12,345.6 \u2581a ",
          "a\u0000b\ufffd\ud800 \udc00x\u0130\u1e9e\u0958 ''``\"!!",
          "ab".repeat(300) + " ".repeat(50) + "-_a");

  /** Components and settings that hurt in a wrong place, or everywhere. */
  private static final List<String> STRANGE =
      List.of(
          "{\"type\": \"FixedLength\", \"length\": 0}",
          "{\"type\": \"Whitespace\"}",
          "{\"type\": \"Punctuation\", \"behavior\": \"Contiguous\"}",
          "{\"type\": \"Digits\", \"individual_digits\": true}",
          "{\"type\": \"UnicodeScripts\"}",
          "{\"type\": \"CharDelimiterSplit\", \"delimiter\": \"a\"}",
          "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true}",
          "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\s*\"}, \"behavior\": \"Removed\","
              + " \"invert\": true}",
          "{\"type\": \"Split\", \"pattern\": {\"String\": \"a\"},"
              + " \"behavior\": \"MergedWithPrevious\", \"invert\": false}",
          "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"b*\"}, \"content\": \"\"}",
          "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a*)*$\"}, \"content\": \"aa\"}",
          "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aa\"}",
          "{\"type\": \"Prepend\", \"prepend\": \"\"}",
          "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}",
          "{\"type\": \"StripAccents\"}",
          "{\"type\": \"NFKD\"}",
          "{\"type\": \"Nmt\"}",
          "{\"type\": \"Lowercase\"}",
          "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}",
          "{\"type\": \"BertProcessing\", \"sep\": [\"a\", 1], \"cls\": [\"b\", 2]}",
          "{\"SpecialToken\": {\"id\": \"a\", \"type_id\": 0}}",
          "{\"Sequence\": {\"id\": \"B\", \"type_id\": 4}}",
          "{\"id\": 0, \"content\": \" \", \"single_word\": true, \"lstrip\": true,"
              + " \"rstrip\": true, \"normalized\": true, \"special\": false}",
          "{\"id\": 9, \"content\": \"\\u0301\", \"single_word\": false, \"lstrip\": true,"
              + " \"rstrip\": true, \"normalized\": true, \"special\": true}",
          "\"BPE\"",
          "\"WordPiece\"",
          "\"WordLevel\"",
          "\"Unigram\"",
          "\"Sequence\"",
          "\"never\"",
          "\"first\"");

  private TokenizerMutationMain() {}

  /**
   * Reads and uses damaged copies of one tokenizer.
   *
   * @param args the folder, the number of copies, the seed
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int count = Integer.parseInt(args[1]);
    Random random = new Random(Long.parseLong(args[2]));
    Path file = folder.resolve("tokenizer.json");
    byte[] good = Files.readAllBytes(file);
    JsonNode json = new ObjectMapper().readTree(good);
    JsonMutations jsonMutations = new JsonMutations(random, STRANGE);
    encode(folder);
    int refused = 0;
    for (int i = 0; i < count; i++) {
      byte[] bytes =
          random.nextInt(4) == 0
              ? Mutations.mutate(good, random)
              : new ObjectMapper().writeValueAsBytes(jsonMutations.mutate(json));
      Files.delete(file);
      Files.write(file, bytes);
      try {
        encode(folder);
      } catch (ModelException e) {
        refused++;
      }
    }
    System.out.println("refused " + refused);
  }

  private static void encode(Path folder) {
    byte[] json = ModelFolder.open(folder).tokenizerJson();
    for (boolean framed : new boolean[] {true, false}) {
      try (TextTokenizer tokenizer = new TextTokenizer(json, false, framed)) {
        for (String text : TEXTS) {
          tokenizer.ids(tokenizer.canonical(text));
        }
      }
    }
  }
}
