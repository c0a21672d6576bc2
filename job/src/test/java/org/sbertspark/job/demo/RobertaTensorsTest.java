package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.model.SafetensorsFile;

class RobertaTensorsTest {
  private static final int HIDDEN = RobertaTensors.HIDDEN;
  private static final double[][] TOKENS = {{3, 4, 0}, {0.1, 0, -0.2}, {0, 0, 0}, {-1, 2, 2}};

  @TempDir Path folder;
  private float[] words;

  @BeforeEach
  void write() throws IOException {
    Path file = folder.resolve("model.safetensors");
    RobertaTensors.of(TOKENS).write(file);
    words = SafetensorsFile.open(file).get("embeddings.word_embeddings.weight").toFloats();
  }

  @Test
  void everyTokenHasMeanZeroAndVarianceOneSoThatNormalisationChangesNothing() {
    for (int token = 0; token < TOKENS.length; token++) {
      double sum = 0;
      double squares = 0;
      for (float x : Arrays.copyOfRange(words, token * HIDDEN, (token + 1) * HIDDEN)) {
        sum += x;
        squares += (double) x * x;
      }
      assertThat(sum / HIDDEN).isCloseTo(0, within(1e-4));
      assertThat(squares / HIDDEN).isCloseTo(1, within(1e-3));
    }
  }

  @Test
  void contentKeepsAllProductsOfTheTokenVectors() {
    double scale = HIDDEN / 25.0; // the longest vector, of length 5, fills its token
    for (int a = 0; a < TOKENS.length; a++) {
      for (int b = 0; b < TOKENS.length; b++) {
        double expected = 0;
        for (int i = 0; i < TOKENS[a].length; i++) {
          expected += TOKENS[a][i] * TOKENS[b][i] * scale;
        }
        double content = 0;
        for (int d = 0; d < RobertaTensors.CONTENT; d++) {
          content += (double) words[a * HIDDEN + d] * words[b * HIDDEN + d];
        }
        assertThat(content).isCloseTo(expected, within(0.1));
      }
    }
  }
}
