package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobLockTest {
  @TempDir Path folder;

  @Test
  void theFirstIsAlone() throws Exception {
    Path file = folder.resolve("locks/a.lock");
    assertThat(BlobLock.<Boolean>with(file, Duration.ZERO, alone -> alone)).isTrue();
    assertThat(BlobLock.<Boolean>with(file, Duration.ZERO, alone -> alone)).isTrue();
  }

  @Test
  void anotherThreadIsNotAloneWhenItsTimeIsUp() throws Exception {
    Path file = folder.resolve("a.lock");
    boolean second =
        BlobLock.with(
            file,
            Duration.ZERO,
            alone ->
                CompletableFuture.supplyAsync(
                        () -> {
                          try {
                            return BlobLock.<Boolean>with(file, Duration.ZERO, other -> other);
                          } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                          }
                        })
                    .join());
    assertThat(second).isFalse();
  }

  /** A lock from elsewhere in the process looks as one of another process does: not to be had. */
  @Test
  void anotherHolderOfTheFileIsWaitedForOnlySoLong() throws Exception {
    Path file = folder.resolve("a.lock");
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      assertThat(BlobLock.<Boolean>with(file, Duration.ZERO, alone -> alone)).isFalse();
    }
  }

  @Test
  void worksWithoutALockFile() throws Exception {
    Path noFolder = Files.createFile(folder.resolve("locks"));
    assertThat(BlobLock.<Boolean>with(noFolder.resolve("a.lock"), Duration.ZERO, alone -> alone))
        .isFalse();
  }
}
