package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HadoopCheckpointsTest {
  @TempDir private Path root;
  @TempDir private Path work;
  private HadoopCheckpoints checkpoints;

  @BeforeEach
  void open() {
    checkpoints = new HadoopCheckpoints(root.toUri().toString(), new Configuration());
  }

  private void save(long step) throws IOException {
    Path folder = Files.createTempDirectory(work, "state");
    Files.writeString(folder.resolve("state.json"), "state of " + step);
    checkpoints.save(step, folder);
  }

  @Test
  void twoNewestAreKeptTheNewestFirst() throws IOException {
    assertThat(checkpoints.steps()).isEmpty();
    for (long step : new long[] {9, 10, 11}) {
      save(step);
    }
    assertThat(checkpoints.steps()).containsExactly(11L, 10L);
    checkpoints.fetch(10, work.resolve("fetched"));
    assertThat(work.resolve("fetched/state.json")).hasContent("state of 10");
  }

  @Test
  void halfCheckpointsOfAKilledRunAreRemovedAndOthersFilesAreNot() throws IOException {
    Files.createDirectory(root.resolve(".step-4-8f14e45f"));
    Files.writeString(root.resolve(".step-4-8f14e45f/state.json"), "half");
    Files.writeString(root.resolve("notes.txt"), "mine");
    assertThat(checkpoints.steps()).isEmpty();
    assertThat(root.resolve(".step-4-8f14e45f")).doesNotExist();
    assertThat(root.resolve("notes.txt")).exists();
  }

  @Test
  void checkpointHasNoFilesOfChecksums() throws IOException {
    save(2);
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .containsExactly("state.json");
    }
  }
}
