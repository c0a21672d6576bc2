package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sbertspark.model.DType;
import org.sbertspark.training.BytePairTrainer;
import org.sbertspark.training.RandomWeights;
import org.sbertspark.training.RobertaFolder;
import org.sbertspark.training.RobertaShape;

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

  private static final int MAX_SEQ_LENGTH = 128;

  private static final long SEED = 1;

  private static final String CARD = "Random weights, to measure with.\n";

  /**
   * Writes the folder unless it is there.
   *
   * @param texts that the tokenizer learns from
   */
  void write(Path folder, List<String> texts) throws IOException {
    if (Files.exists(folder.resolve("modules.json"))) {
      return;
    }
    Files.createDirectories(folder);
    BytePairTrainer trainer = new BytePairTrainer();
    texts.forEach(trainer::add);
    trainer.train(vocabSize).write(folder);
    RobertaShape shape =
        new RobertaShape(vocabSize, layers, hidden, heads, intermediate, POSITIONS);
    RandomWeights.of(shape, SEED).write(folder.resolve("model.safetensors"));
    // Last: modules.json tells that the folder is whole.
    RobertaFolder.write(folder, shape, MAX_SEQ_LENGTH, false, DType.F32, CARD);
  }

  /** Floating-point operations of the matrix products for a sequence of this many tokens. */
  double flop(int tokens) {
    double linear = 2.0 * tokens * (4.0 * hidden * hidden + 2.0 * hidden * intermediate);
    double attention = 4.0 * tokens * tokens * hidden;
    return layers * (linear + attention);
  }
}
