package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheLeftoversTest {
  @TempDir Path cache;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "archives/.ab-6-packed.pt123.tmp",
        "bundles/.ab-6.sbert123.tmp",
        "bundles/.golden123.pt",
        "natives/pytorch/tmp123/libtorch.so",
        ".training123.pt",
        "pack-123.sbert"
      })
  void whatIsHalfWrittenForADayGoes(String file) throws IOException {
    write(file, Duration.ofHours(25));
    CacheLeftovers.remove(cache);
    assertThat(cache.resolve(file)).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"archives/.ab-6-packed.pt123.tmp", "natives/pytorch/tmp123/libtorch.so"})
  void whatIsBeingWrittenStays(String file) throws IOException {
    write(file, Duration.ofHours(1));
    CacheLeftovers.remove(cache);
    assertThat(cache.resolve(file)).exists();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "archives/ab-6-packed.pt",
        "bundles/ab-6.sbert",
        "natives/pytorch/2.7.1-cpu-linux-x86_64/libtorch.so",
        "locks/natives.lock",
        "mine.tmp",
        // A model that is in use for as long as its training takes.
        "download-123/model/config.json"
      })
  void whatIsWholeStays(String file) throws IOException {
    write(file, Duration.ofDays(100));
    CacheLeftovers.remove(cache);
    assertThat(cache.resolve(file)).exists();
  }

  /** With the folders around it, for a folder is as old as its last entry. */
  private void write(String file, Duration age) throws IOException {
    Path path = cache.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, "x");
    FileTime then = FileTime.from(Instant.now().minus(age));
    for (Path place = path; !place.equals(cache); place = place.getParent()) {
      Files.setLastModifiedTime(place, then);
    }
  }
}
