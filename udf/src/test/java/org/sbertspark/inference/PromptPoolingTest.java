package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/**
 * {@code include_prompt: false}: the prompt is read, but its tokens and the opening one are not
 * pooled. One encoder under several poolings tells its tokens' vectors apart, and so what must come
 * out. Each letter is a token.
 */
@ExtendWith(TestCache.class)
class PromptPoolingTest {
  private static final String PROMPT = "a b c";

  @TempDir private Path folder;

  @Test
  void whereNothingElseIsLeftTheClosingTokenIsTheMean() throws IOException {
    float[] closing = vector("lasttoken", true, "", PROMPT);
    assertSame(closing, vector("mean", false, PROMPT, ""));
  }

  @Test
  void theMeanAndTheMaximumAreOfTheTokensBehindThePrompt() throws IOException {
    float[] mean = vector("mean", false, PROMPT, " d");
    float[] maximum = vector("max", false, PROMPT, " d");
    float[] closing = vector("lasttoken", true, "", PROMPT + " d");
    float[] expected = new float[mean.length];
    for (int i = 0; i < expected.length; i++) {
      // Two tokens are left: the mean is half their sum.
      float letter = 2 * mean[i] - closing[i];
      expected[i] = Math.max(letter, closing[i]);
    }
    assertSame(expected, maximum);
    assertThat(Golden.difference(maximum, vector("max", true, PROMPT, " d"))).isGreaterThan(0.01);
  }

  @Test
  void aPromptThatIsPooledIsLikeAnyText() throws IOException {
    float[] text = vector("mean", true, "", PROMPT + " d");
    assertSame(text, vector("mean", true, PROMPT, " d"));
    assertSame(text, vector("mean", false, "", PROMPT + " d"));
  }

  private static void assertSame(float[] expected, float[] actual) {
    assertThat(Golden.difference(expected, actual)).isLessThan(1e-5);
  }

  /** The vector of a text under another pooling than the model's own. */
  private float[] vector(String pooling, boolean includePrompt, String prompt, String text)
      throws IOException {
    Path model = folder.resolve(pooling + includePrompt);
    if (!Files.exists(model)) {
      write(model, pooling, includePrompt);
    }
    EncoderOptions options = new EncoderOptions(0, 512, 1, prompt, 0, false);
    try (SentenceEncoder encoder = SharedModels.encoder(ModelBundle.of(model).file(), options)) {
      return encoder.encode(List.of(text)).vectors()[0];
    }
  }

  private static void write(Path model, String pooling, boolean includePrompt) throws IOException {
    Folders.copy(Golden.read("roberta-four-poolings-bf16").folder(), model);
    Files.writeString(
        model.resolve("1_Pooling/config.json"),
        """
        {"word_embedding_dimension": 64,
         "pooling_mode": "%s", "include_prompt": %s}
        """
            .formatted(pooling, includePrompt));
    Files.writeString(
        model.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """);
  }
}
