package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.training.BytePairTrainer;

/**
 * A model folder of a given shape with random weights: as fast as a trained one, and nobody's.
 *
 * @param vocabSize rows of the word table; the tokenizer may use fewer
 */
record SyntheticModel(int layers, int hidden, int heads, int intermediate, int vocabSize) {

  /** RoBERTa-base, which has 12 layers. */
  static SyntheticModel base(int layers) {
    return new SyntheticModel(layers, 768, 12, 3072, 50265);
  }

  private static final int POSITIONS = 514;

  /** Of the random weights, as transformers initialises them. */
  private static final double STANDARD_DEVIATION = 0.02;

  /**
   * Writes the folder unless it is there.
   *
   * @param texts that the tokenizer learns from
   */
  void write(Path folder, List<String> texts) throws IOException {
    if (Files.exists(folder.resolve("modules.json"))) {
      return;
    }
    Files.createDirectories(folder.resolve("1_Pooling"));
    BytePairTrainer trainer = new BytePairTrainer();
    texts.forEach(trainer::add);
    trainer.train(vocabSize).write(folder);
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "roberta", "hidden_size": %d, "num_hidden_layers": %d,
         "num_attention_heads": %d, "intermediate_size": %d, "vocab_size": %d,
         "max_position_embeddings": %d, "type_vocab_size": 1, "pad_token_id": 1,
         "layer_norm_eps": 1e-05, "hidden_act": "gelu"}
        """
            .formatted(hidden, layers, heads, intermediate, vocabSize, POSITIONS));
    Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 128}");
    Files.writeString(
        folder.resolve("1_Pooling/config.json"),
        "{\"word_embedding_dimension\": %d, \"pooling_mode_mean_tokens\": true}".formatted(hidden));
    writeWeights(folder.resolve("model.safetensors"));
    // Last: it tells that the folder is whole.
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
         {"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
        """);
  }

  private void writeWeights(Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    random(writer, "embeddings.word_embeddings.weight", vocabSize, hidden);
    random(writer, "embeddings.position_embeddings.weight", POSITIONS, hidden);
    random(writer, "embeddings.token_type_embeddings.weight", 1, hidden);
    norm(writer, "embeddings.LayerNorm");
    for (int i = 0; i < layers; i++) {
      String layer = "encoder.layer." + i + ".";
      for (String map : List.of("query", "key", "value")) {
        linear(writer, layer + "attention.self." + map, hidden, hidden);
      }
      linear(writer, layer + "attention.output.dense", hidden, hidden);
      norm(writer, layer + "attention.output.LayerNorm");
      linear(writer, layer + "intermediate.dense", intermediate, hidden);
      linear(writer, layer + "output.dense", hidden, intermediate);
      norm(writer, layer + "output.LayerNorm");
    }
    writer.write(file);
  }

  private static void linear(SafetensorsWriter writer, String name, int outputs, int inputs) {
    random(writer, name + ".weight", outputs, inputs);
    writer.add(name + ".bias", new long[] {outputs}, () -> new float[outputs]);
  }

  private void norm(SafetensorsWriter writer, String name) {
    Supplier<float[]> ones =
        () -> {
          float[] values = new float[hidden];
          java.util.Arrays.fill(values, 1);
          return values;
        };
    writer.add(name + ".weight", new long[] {hidden}, ones);
    writer.add(name + ".bias", new long[] {hidden}, () -> new float[hidden]);
  }

  private static void random(SafetensorsWriter writer, String name, int rows, int columns) {
    writer.add(
        name,
        new long[] {rows, columns},
        () -> {
          SplittableRandom random = new SplittableRandom(name.hashCode());
          float[] values = new float[rows * columns];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) (STANDARD_DEVIATION * random.nextGaussian());
          }
          return values;
        });
  }

  /** Floating-point operations of the matrix products for a sequence of this many tokens. */
  double flop(int tokens) {
    double linear = 2.0 * tokens * (4.0 * hidden * hidden + 2.0 * hidden * intermediate);
    double attention = 4.0 * tokens * tokens * hidden;
    return layers * (linear + attention);
  }
}
