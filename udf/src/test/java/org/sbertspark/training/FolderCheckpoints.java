package org.sbertspark.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
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
  public void fetch(long step, Path folder) throws IOException {
    Folders.copy(root.resolve(Long.toString(step)), folder);
  }

  @Override
  public List<Long> steps() {
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> steps = Files.list(root)) {
      return steps
          .map(step -> Long.valueOf(step.getFileName().toString()))
          .sorted(Comparator.reverseOrder())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Optional<Long> newest() {
    return steps().stream().findFirst();
  }
}
