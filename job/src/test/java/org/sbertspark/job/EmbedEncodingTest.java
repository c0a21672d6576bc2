package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.testing.PromptedModel;
import org.sbertspark.testing.TestCache;

/** Prompts, truncated and scaled vectors: applied, told in the manifest, never mixed. */
@ExtendWith(TestCache.class)
class EmbedEncodingTest {
  /** Its prompts are query and document, and document is the default. */
  @TempDir private static Path model;

  @TempDir private Path folder;

  @BeforeAll
  static void writeModel() throws IOException {
    PromptedModel.write(model);
  }

  private CommandRun embed(String text, String output, String... more) {
    try {
      Path input = Files.writeString(folder.resolve("in.txt"), text + "\n");
      return CommandRun.embedWith(model.toString(), input, folder.resolve(output), more);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private float[] vector(String output) {
    return new Output(folder.resolve(output)).vectors("text").values().iterator().next();
  }

  private Embedding embedding(String output) {
    return new Output(folder.resolve(output)).manifest().embeddings().get("embedding");
  }

  @Test
  void theDefaultPromptAppliesUnlessAnotherOrNoneIsGiven() {
    embed("a parcel", "default").succeeds();
    embed("document: a parcel", "plain", "--prompt", "").succeeds();
    embed("a parcel", "query", "--prompt-name", "query").succeeds();
    embed("query: a parcel", "typed", "--prompt", "").succeeds();

    assertThat(vector("default")).containsExactly(vector("plain"));
    assertThat(vector("query")).containsExactly(vector("typed")).isNotEqualTo(vector("default"));
    assertThat(embedding("default").prompt()).isEqualTo("document: ");
    assertThat(embedding("plain").prompt()).isEmpty();
    assertThat(embedding("query").prompt()).isEqualTo("query: ");
  }

  @Test
  void vectorsAreCutAndScaledAsAsked() {
    embed("a parcel", "full").succeeds();
    CommandRun run = embed("a parcel", "unit", "--truncate-dim", "10", "--normalize").succeeds();

    assertThat(run.out()).contains("(10 dimensions)");
    assertThat(embedding("unit").dimension()).isEqualTo(10);
    assertThat(embedding("unit").normalize()).isTrue();
    float[] prefix = Arrays.copyOf(vector("full"), 10);
    double squares = 0;
    for (float component : prefix) {
      squares += (double) component * component;
    }
    float[] unit = vector("unit");
    assertThat(unit).hasSize(10);
    for (int i = 0; i < 10; i++) {
      assertThat(unit[i]).isCloseTo((float) (prefix[i] / Math.sqrt(squares)), within(1e-6f));
    }
  }

  @Test
  void vectorsOfOtherSettingsAreNotAppended() {
    embed("a", "out", "--prompt", "x: ").succeeds();
    Output output = new Output(folder.resolve("out"));
    var before = output.state();

    refuses("prompt \"x: \", not \"query: \"", "--prompt-name", "query");
    refuses("normalize false, not true", "--prompt", "x: ", "--normalize");
    refuses("maxSeqLength \\d+, not 8", "--prompt", "x: ", "--max-seq-length", "8");
    refuses("precision float32, not int8", "--prompt", "x: ", "--precision", "int8");
    refuses("dimension \\d+, not 10", "--prompt", "x: ", "--truncate-dim", "10");
    assertThat(output.state()).isEqualTo(before);

    embed("b", "out", "--mode", "append", "--prompt", "x: ").succeeds();
    assertThat(output.table().count()).isEqualTo(2);
  }

  @Test
  void thePrecisionIsToldAndIsPartOfTheFingerprint() {
    embed("a parcel", "float32").succeeds();
    embed("a parcel", "int8", "--precision", "int8").succeeds();

    assertThat(embedding("float32").precision()).isEqualTo("float32");
    assertThat(embedding("int8").precision()).isEqualTo("int8");
    assertThat(embedding("int8").fingerprint()).isNotEqualTo(embedding("float32").fingerprint());
    assertThat(vector("int8")).isNotEqualTo(vector("float32"));
  }

  private void refuses(String difference, String... options) {
    String[] append = Arrays.copyOf(options, options.length + 2);
    append[options.length] = "--mode";
    append[options.length + 1] = "append";
    assertThat(embed("b", "out", append).failsInOneLine())
        .matches(".*Cannot append to .*: its vectors were made with " + difference + "; .*");
  }

  @Test
  void inputsOfDifferentPromptsAreNotClusteredTogether() {
    embed("a", "queries", "--prompt-name", "query").succeeds();
    embed("b", "documents").succeeds();
    CommandRun run =
        CommandRun.of(
            "cluster",
            "--input",
            folder.resolve("queries").toString(),
            "--input",
            folder.resolve("documents").toString(),
            "--k",
            "2",
            "--output",
            folder.resolve("clusters").toString());
    assertThat(run.failsInOneLine())
        .contains("Cannot use column \"embedding\" of ")
        .contains("the first one's vectors were made with prompt \"query: \", not \"document: \"");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThat(embed("a", "out", "--prompt-name", "passage").failsInOneLine())
        .contains("Cannot use prompt \"passage\": model ")
        .endsWith(" has the prompts document, query");
    assertThat(embed("a", "out", "--truncate-dim", "5000").failsInOneLine())
        .contains("truncateDim is 5000, expected at most ");
    CommandRun both = embed("a", "out", "--prompt", "", "--prompt-name", "query");
    assertThat(both.code()).isEqualTo(Main.USAGE);
    assertThat(both.err())
        .startsWith("sbert-spark: --prompt-name is query, expected no --prompt beside it");
    assertThat(embed("a", "out", "--truncate-dim", "-1").code()).isEqualTo(Main.USAGE);
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
