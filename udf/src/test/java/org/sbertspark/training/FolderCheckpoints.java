package org.sbertspark.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.sbertspark.testing.Folders;

/** Checkpoints in a local folder; all are kept. */
record FolderCheckpoints(Path root) implements CheckpointStore {

  @Override
  public void save(long step, Path folder) throws IOException {
    Folders.copy(folder, root.resolve(Long.toString(step)));
  }

  @Override
  public Optional<Long> fetchNewest(Path folder) throws IOException {
    Optional<Long> newest = newest();
    if (newest.isPresent()) {
      Folders.copy(root.resolve(Long.toString(newest.get())), folder);
    }
    return newest;
  }

  Optional<Long> newest() {
    if (!Files.exists(root)) {
      return Optional.empty();
    }
    try (Stream<Path> steps = Files.list(root)) {
      return steps.map(step -> Long.valueOf(step.getFileName().toString())).max(Long::compare);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
