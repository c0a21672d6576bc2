package org.sbertspark.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sbertspark.model.DType;

/**
 * The small files of a RoBERTa with mean pooling and normalised vectors, as sentence-transformers
 * writes them: all but the weights and the vocabulary.
 */
public final class RobertaFolder {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final String SENTENCE_BERT =
      """
      {
        "max_seq_length": %d,
        "do_lower_case": %b
      }
      """;

  static final String PROMPTS_FILE = "config_sentence_transformers.json";

  static final String SENTENCE_TRANSFORMERS =
      """
      {
        "prompts": {},
        "default_prompt_name": null,
        "similarity_fn_name": "cosine"
      }
      """;

  private static final String TOKENIZER =
      """
      {
        "add_prefix_space": false,
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "errors": "replace",
        "mask_token": "<mask>",
        "model_max_length": %d,
        "pad_token": "<pad>",
        "sep_token": "</s>",
        "tokenizer_class": "RobertaTokenizer",
        "unk_token": "<unk>"
      }
      """;

  private static final String SPECIAL_TOKENS =
      """
      {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "mask_token": {
          "content": "<mask>",
          "lstrip": true,
          "normalized": false,
          "rstrip": false,
          "single_word": false
        },
        "pad_token": "<pad>",
        "sep_token": "</s>",
        "unk_token": "<unk>"
      }
      """;

  private RobertaFolder() {}

  /**
   * Writes the files; {@code modules.json}, which tells that a folder is whole, comes last.
   *
   * @param folder exists
   * @param maxSeqLength tokens that a text may have, special tokens included
   * @param lowerCase whether texts are put into lower case before they become tokens
   * @param dtype of the weights
   * @param card content of README.md
   */
  public static void write(
      Path folder,
      RobertaShape shape,
      int maxSeqLength,
      boolean lowerCase,
      DType dtype,
      String card)
      throws IOException {
    write(folder, "config.json", config(shape, dtype));
    write(folder, "sentence_bert_config.json", SENTENCE_BERT.formatted(maxSeqLength, lowerCase));
    write(folder, PROMPTS_FILE, SENTENCE_TRANSFORMERS);
    write(folder, ModulesJson.POOLING_FILE, ModulesJson.meanPooling(shape.hidden()));
    write(folder, "tokenizer_config.json", TOKENIZER.formatted(maxSeqLength));
    write(folder, "special_tokens_map.json", SPECIAL_TOKENS);
    write(folder, "README.md", card);
    write(folder, ModulesJson.FILE, ModulesJson.transformerAnd(List.of("Pooling", "Normalize")));
  }

  private static void write(Path folder, String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, StandardCharsets.UTF_8);
  }

  private static String config(RobertaShape shape, DType dtype) throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("RobertaModel");
    config.put("attention_probs_dropout_prob", 0.1);
    config.put("bos_token_id", BytePairVocabulary.BOS);
    config.put("eos_token_id", BytePairVocabulary.EOS);
    config.put("hidden_act", "gelu");
    config.put("hidden_dropout_prob", 0.1);
    config.put("hidden_size", shape.hidden());
    config.put("initializer_range", RandomWeights.STANDARD_DEVIATION);
    config.put("intermediate_size", shape.intermediate());
    config.put("layer_norm_eps", 1e-5);
    config.put("max_position_embeddings", shape.positions());
    config.put("model_type", "roberta");
    config.put("num_attention_heads", shape.heads());
    config.put("num_hidden_layers", shape.layers());
    config.put("pad_token_id", BytePairVocabulary.PAD);
    config.put("torch_dtype", torchName(dtype));
    config.put("type_vocab_size", 1);
    config.put("vocab_size", shape.vocabSize());
    return JSON.writeValueAsString(config).replace("\r\n", "\n") + "\n";
  }

  private static String torchName(DType dtype) {
    return switch (dtype) {
      case F32 -> "float32";
      case F16 -> "float16";
      default ->
          throw new IllegalArgumentException("Weights of " + dtype + ", expected F32 or F16");
    };
  }
}
