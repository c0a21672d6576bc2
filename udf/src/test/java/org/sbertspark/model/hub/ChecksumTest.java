package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {
  /** What {@code git hash-object} and {@code sha256sum} say of "hello" and a line feed. */
  private static final String GIT = "ce013625030ba8dba906f756967f9e9ca394464a";

  private static final String SHA256 =
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {GIT, SHA256})
  void knowsItsFile(String hex) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "hello\n");
    Path other = Files.writeString(folder.resolve("other"), "hello");
    assertThat(new Checksum(hex).matches(file)).isTrue();
    assertThat(new Checksum(hex).matches(other)).isFalse();
  }

  @Test
  void readsEtags() {
    assertThat(Checksum.ofEtag("\"" + GIT + "\"")).contains(new Checksum(GIT));
    assertThat(Checksum.ofEtag("W/\"" + SHA256 + "\"")).contains(new Checksum(SHA256));
    assertThat(Checksum.ofEtag(SHA256.toUpperCase(Locale.ROOT))).contains(new Checksum(SHA256));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\"\"", "../../x", "0123456789", "d41d8cd98f00b204e9800998ecf8427e-5"})
  void otherEtagsAreNoChecksums(String etag) {
    assertThat(Checksum.ofEtag(etag)).isEqualTo(Optional.empty());
  }
}
