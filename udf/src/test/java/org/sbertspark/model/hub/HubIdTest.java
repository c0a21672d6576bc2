package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubIdTest {

  @Test
  void readsNameAndRevision() {
    HubId id = HubId.parse("org/some-model_v1.5@refs/pr/7");
    assertThat(id.repo()).isEqualTo("org/some-model_v1.5");
    assertThat(id.revision()).isEqualTo("refs/pr/7");
    assertThat(id.toString()).isEqualTo("org/some-model_v1.5@refs/pr/7");
    assertThat(id.folderName()).isEqualTo("models--org--some-model_v1.5");
  }

  @Test
  void theRevisionIsMainUnlessGiven() {
    assertThat(HubId.parse("org/m").revision()).isEqualTo("main");
  }

  @Test
  void aBareNameIsOfSentenceTransformers() {
    assertThat(HubId.parse("all-MiniLM-L6-v2@v1"))
        .isEqualTo(new HubId("sentence-transformers/all-MiniLM-L6-v2", "v1"));
  }

  @Test
  void knowsACommit() {
    assertThat(HubId.parse("m@" + "a1".repeat(20)).isCommit()).isTrue();
    assertThat(HubId.parse("m@" + "a1".repeat(19)).isCommit()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a/b/c",
        "../model",
        "org/..",
        "org/a..b",
        "org/a--b",
        "org/.hidden",
        "org/model.",
        "-org/model",
        "org/model.git",
        "org/mo del",
        "org\\model",
        "org/mod\u0000el",
        "org/modèle",
        "org/m?x=1",
        "org/m@",
        "org/m@../x",
        "org/m@/x",
        "org/m@a//b",
        "org/m@x@y",
        "org/m@a b",
        "org/m@.x",
        "https://example.invalid/org/m",
        "hdfs://name/models/m",
        "s3a://bucket/m",
        "/models/m",
        "./m",
        "~/m",
        "C:/m"
      })
  void refusesWhatIsNoId(String text) {
    assertThat(HubId.looksLikeHubId(text)).isFalse();
    assertThatThrownBy(() -> HubId.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Not a ")
        .hasMessageNotContainingAny("\n", "\0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"all-MiniLM-L6-v2", "org/m", "m@v1", "models/minilm", "_a/b_"})
  void recognisesIds(String text) {
    assertThat(HubId.looksLikeHubId(text)).isTrue();
    assertThat(HubId.parse(text)).isNotNull();
  }

  @Test
  void refusesEndlessText() {
    assertThatThrownBy(() -> HubId.parse("a".repeat(100_000))).message().hasSizeLessThan(400);
    assertThat(HubId.looksLikeHubId("m@" + "a".repeat(201))).isFalse();
  }
}
