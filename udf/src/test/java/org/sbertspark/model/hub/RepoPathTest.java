package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RepoPathTest {

  /** What is taken for safe lies below its folder, as deep as it has parts. */
  @Property(tries = 10_000)
  void aSafeNameStaysInItsFolder(@ForAll("names") String name) {
    if (RepoPath.isSafe(name)) {
      Path folder = Path.of("/cache/snapshot");
      Path file = folder.resolve(name).normalize();
      assertThat(file).startsWithRaw(folder);
      assertThat(file.getNameCount()).isEqualTo(folder.getNameCount() + name.split("/", -1).length);
    }
  }

  @Provide
  Arbitrary<String> names() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            ".", "..", "/", "\\", ":", "a", "b.json", "\0", "\n", " ", "~", "\u00e9", "%2e");
    return Arbitraries.oneOf(
        pieces.list().ofMaxSize(8).map(list -> String.join("", list)), Arbitraries.strings());
  }

  @Test
  void ordinaryNamesAreSafe() {
    assertThat(new String[] {"config.json", "1_Pooling/config.json", ".gitattributes", "a b/c+d"})
        .allMatch(RepoPath::isSafe);
    assertThat("a".repeat(256)).matches(name -> !RepoPath.isSafe(name));
  }
}
