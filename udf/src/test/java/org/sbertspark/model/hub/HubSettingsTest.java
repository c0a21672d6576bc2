package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
  @TempDir Path home;

  @Test
  void hasTheDefaultsOfPython() {
    HubSettings settings = from(Map.of());
    assertThat(settings.endpoint()).hasToString("https://huggingface.co");
    assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(settings.token()).isEmpty();
    assertThat(settings.offline()).isFalse();
    assertThat(settings.allowHttp()).isFalse();
    assertThat(settings.allowingHttp().allowHttp()).isTrue();
  }

  @Test
  void theMoreSpecificFolderWins() {
    assertThat(from(Map.of("XDG_CACHE_HOME", "/xdg")).cache())
        .isEqualTo(Path.of("/xdg/huggingface/hub").toAbsolutePath());
    assertThat(from(Map.of("XDG_CACHE_HOME", "/xdg", "HF_HOME", "/hf")).cache())
        .isEqualTo(Path.of("/hf/hub").toAbsolutePath());
    assertThat(from(Map.of("HF_HOME", "/hf", "HUGGINGFACE_HUB_CACHE", "/old")).cache())
        .isEqualTo(Path.of("/old").toAbsolutePath());
    assertThat(from(Map.of("HF_HUB_CACHE", "/hub", "HUGGINGFACE_HUB_CACHE", "/old")).cache())
        .isEqualTo(Path.of("/hub").toAbsolutePath());
    assertThat(from(Map.of("HF_HOME", "~/models")).cache()).isEqualTo(home.resolve("models/hub"));
    assertThat(from(Map.of("HF_HOME", " ")).cache())
        .isEqualTo(home.resolve(".cache/huggingface/hub"));
  }

  @Test
  void readsTheToken() throws IOException {
    Path file = home.resolve(".cache/huggingface/token");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "hf_fromfile\n");
    assertThat(from(Map.of()).token()).isEqualTo("hf_fromfile");
    assertThat(from(Map.of("HF_TOKEN", " hf_fromvariable ")).token()).isEqualTo("hf_fromvariable");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf_two\nhf_lines", "hf_s\u00e9cret", "hf secret"})
  void refusesATokenThatIsNoneWithoutTellingIt(String token) {
    assertThatThrownBy(() -> from(Map.of("HF_TOKEN", token)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("hf");
  }

  @Test
  void textHasNoToken() {
    assertThat(from(Map.of("HF_TOKEN", "hf_secret")).toString())
        .contains("token=set")
        .doesNotContain("hf_secret");
  }

  @ParameterizedTest
  @CsvSource({
    "1, true",
    "on, true",
    "Yes, true",
    "TRUE, true",
    "0, false",
    "no, false",
    "2, false"
  })
  void readsOffline(String value, boolean offline) {
    assertThat(from(Map.of("HF_HUB_OFFLINE", value)).offline()).isEqualTo(offline);
    assertThat(from(Map.of("TRANSFORMERS_OFFLINE", value)).offline()).isEqualTo(offline);
  }

  @Test
  void readsTheEndpoint() {
    assertThat(from(Map.of("HF_ENDPOINT", "https://mirror.invalid/api/hub//")).endpoint())
        .hasToString("https://mirror.invalid/api/hub");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mirror.invalid",
        "ftp://mirror.invalid",
        "https://",
        "https://user:password@mirror.invalid",
        "https://mirror.invalid/?password",
        "https://mirror.invalid/#password",
        "https://a b"
      })
  void refusesWhatIsNoEndpointWithoutTellingAPassword(String endpoint) {
    assertThatThrownBy(() -> from(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HF_ENDPOINT")
        .hasMessageNotContaining("password");
  }

  private HubSettings from(Map<String, String> environment) {
    return HubSettings.from(environment, home);
  }
}
