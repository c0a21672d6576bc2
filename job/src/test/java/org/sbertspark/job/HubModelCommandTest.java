package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.model.hub.FakeHub;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Commands with a model's name in place of its folder; the hub is a local server. */
@ExtendWith(TestCache.class)
class HubModelCommandTest {
  @TempDir private Path folder;
  private final FakeHub hub = new FakeHub().folder(Golden.read("mpnet-mean-normalize").folder());
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void texts() throws IOException {
    SparkTestSession.get();
    Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private int embed(String model, String output, Map<String, String> environment) {
    String[] words = {
      "embed",
      "--model",
      model,
      "--input",
      folder.resolve("texts.jsonl").toString(),
      "--output",
      folder.resolve(output).toString()
    };
    return run(environment, words);
  }

  private int run(Map<String, String> environment, String... words) {
    return Main.run(
        words,
        Optional.empty(),
        environment,
        new PrintWriter(out, true),
        new PrintWriter(err, true));
  }

  private Map<String, String> environment() {
    return Map.of(
        "HF_ENDPOINT", hub.endpoint().toString(), "HF_HOME", folder.resolve("hf").toString());
  }

  @Test
  void embedFetchesTheModelAndTheManifestNamesItsCommit() throws IOException {
    assertThat(embed("org/tiny", "out", environment())).as(err.toString()).isEqualTo(Main.OK);

    JsonNode manifest =
        new ObjectMapper().readTree(folder.resolve("out/_sbert_manifest.json").toFile());
    JsonNode embedding = manifest.at("/embeddings/embedding");
    assertThat(embedding.get("source").asText()).isEqualTo("org/tiny");
    assertThat(embedding.get("revision").asText()).isEqualTo(FakeHub.COMMIT);
    assertThat(err.toString())
        .contains("sbert-spark: fetching model org/tiny")
        .containsPattern("sbert-spark: fetched model org/tiny: \\d+ files, \\d\\.\\d MB in \\d s");
    assertThat(folder.resolve("hf/hub/models--org--tiny/snapshots/" + FakeHub.COMMIT))
        .isDirectory();
  }

  @Test
  void nothingIsSaidOfAModelThatIsHere() {
    embed("org/tiny", "first", environment());
    err.getBuffer().setLength(0);
    assertThat(embed("org/tiny@" + FakeHub.COMMIT, "second", environment())).isEqualTo(Main.OK);
    assertThat(err.toString()).doesNotContain("fetch");
  }

  @Test
  void otherCommandsTakeNamesToo() {
    assertThat(run(environment(), "model", "info", "org/tiny")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("org/tiny");
    assertThat(run(environment(), "model", "verify", "org/tiny")).as(err.toString()).isZero();
  }

  @Test
  void offlineAndNotInTheCacheIsOneLine() {
    Map<String, String> offline =
        Map.of("HF_HUB_OFFLINE", "1", "HF_HOME", folder.resolve("hf").toString());
    assertThat(embed("org/tiny", "out", offline)).isEqualTo(Main.FAILED);
    assertThat(err.toString().lines())
        .hasSize(1)
        .first()
        .asString()
        .startsWith(
            "sbert-spark: Cannot load model org/tiny: it is no local folder or file; as a model on"
                + " the hub: ")
        .contains("HF_HUB_OFFLINE is set");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void anUnencryptedHubElsewhereIsRefusedUnlessAllowed() {
    // A name that the network does not have, so that nobody is asked.
    Map<String, String> elsewhere =
        Map.of("HF_ENDPOINT", "http://hub.invalid", "HF_HOME", folder.resolve("hf").toString());
    assertThat(embed("org/tiny", "out", elsewhere)).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("--allow-http");
  }
}
