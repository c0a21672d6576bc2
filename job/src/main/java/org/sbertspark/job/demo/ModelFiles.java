package org.sbertspark.job.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small files of the demo model's folder, as sentence-transformers writes them. */
final class ModelFiles {
  private static final int MAX_SEQUENCE_LENGTH = RobertaTensors.POSITIONS - 2;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final String MODULES =
      """
      [
        {
          "idx": 0,
          "name": "0",
          "path": "",
          "type": "sentence_transformers.models.Transformer"
        },
        {
          "idx": 1,
          "name": "1",
          "path": "1_Pooling",
          "type": "sentence_transformers.models.Pooling"
        },
        {
          "idx": 2,
          "name": "2",
          "path": "2_Normalize",
          "type": "sentence_transformers.models.Normalize"
        }
      ]
      """;

  private static final String SENTENCE_BERT =
      """
      {
        "max_seq_length": %d,
        "do_lower_case": false
      }
      """
          .formatted(MAX_SEQUENCE_LENGTH);

  private static final String SENTENCE_TRANSFORMERS =
      """
      {
        "prompts": {},
        "default_prompt_name": null,
        "similarity_fn_name": "cosine"
      }
      """;

  private static final String POOLING =
      """
      {
        "word_embedding_dimension": %d,
        "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": true,
        "pooling_mode_max_tokens": false,
        "pooling_mode_mean_sqrt_len_tokens": false
      }
      """
          .formatted(RobertaTensors.HIDDEN);

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
      """
          .formatted(MAX_SEQUENCE_LENGTH);

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

  private static final String CARD =
      """
      ---
      library_name: sentence-transformers
      pipeline_tag: sentence-similarity
      language: en
      license: apache-2.0
      tags:
      - sentence-transformers
      - sentence-similarity
      ---

      # The demo model of sbert-spark

      A sentence-transformers model of the RoBERTa architecture: 768 dimensions, mean pooling,
      normalised, at most 128 tokens.

      It is made to show the machinery, not to understand language. A program of sbert-spark
      (`DemoModel`) learns it in seconds from some hundred short English sample texts: a byte-level
      BPE vocabulary, and for each token a vector from the texts in which it stands (latent semantic
      analysis, frequent tokens weigh less). The one layer passes these vectors through, so the
      vector of a text is the weighted mean of its words: word order, negation and context make no
      difference, and words that the sample texts do not contain mean little.

      For real work give `--model` a model trained on real text.
      """;

  private final Path folder;

  private ModelFiles(Path folder) {
    this.folder = folder;
  }

  static void write(Path folder, int vocabularySize) throws IOException {
    ModelFiles files = new ModelFiles(folder);
    files.write("config.json", config(vocabularySize));
    files.write("modules.json", MODULES);
    files.write("sentence_bert_config.json", SENTENCE_BERT);
    files.write("config_sentence_transformers.json", SENTENCE_TRANSFORMERS);
    files.write("1_Pooling/config.json", POOLING);
    files.write("tokenizer_config.json", TOKENIZER);
    files.write("special_tokens_map.json", SPECIAL_TOKENS);
    files.write("README.md", CARD);
  }

  private void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, StandardCharsets.UTF_8);
  }

  private static String config(int vocabularySize) throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("RobertaModel");
    config.put("attention_probs_dropout_prob", 0.1);
    config.put("bos_token_id", 0);
    config.put("eos_token_id", 2);
    config.put("hidden_act", "gelu");
    config.put("hidden_dropout_prob", 0.1);
    config.put("hidden_size", RobertaTensors.HIDDEN);
    config.put("initializer_range", 0.02);
    config.put("intermediate_size", RobertaTensors.INTERMEDIATE);
    config.put("layer_norm_eps", 1e-5);
    config.put("max_position_embeddings", RobertaTensors.POSITIONS);
    config.put("model_type", "roberta");
    config.put("num_attention_heads", RobertaTensors.HEADS);
    config.put("num_hidden_layers", 1);
    config.put("pad_token_id", 1);
    config.put("torch_dtype", "float16");
    config.put("type_vocab_size", 1);
    config.put("vocab_size", vocabularySize);
    return JSON.writeValueAsString(config).replace("\r\n", "\n") + "\n";
  }
}
