package org.sbertspark.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.UUID;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubClient.RemoteFile;

/** Brings contents into the cache's blobs: in place only when size and checksum are right. */
final class BlobDownload {
  private static final Duration LONGEST_WAIT_FOR_ANOTHER = Duration.ofMinutes(10);

  private final HubClient client;
  private final HubCache cache;
  private final Retry retry;
  private final Progress progress;

  BlobDownload(HubClient client, HubCache cache, Retry retry, Progress progress) {
    this.client = client;
    this.cache = cache;
    this.retry = retry;
    this.progress = progress;
  }

  /** The blob of a file, from the cache or from the hub. */
  Path blob(RemoteFile file) throws IOException, InterruptedException {
    Path blob = cache.blob(file.checksum());
    if (isThere(blob, file)) {
      return blob;
    }
    Files.createDirectories(blob.getParent());
    return BlobLock.with(
        cache.lock(file.checksum()),
        LONGEST_WAIT_FOR_ANOTHER,
        alone -> {
          // Whoever had the lock may have brought it.
          if (!isThere(blob, file)) {
            download(file, blob, alone);
          }
          return blob;
        });
  }

  private static boolean isThere(Path blob, RemoteFile file) throws IOException {
    return Files.isRegularFile(blob)
        && (file.sizeBytes().isEmpty() || Files.size(blob) == file.sizeBytes().getAsLong());
  }

  /**
   * Downloads into a file beside the blob, then moves it into place.
   *
   * @param alone whether the file may be one that outlives a failure, to be continued by the next
   *     run. It is not Python's {@code .incomplete}: that side does not see this side's lock.
   */
  private void download(RemoteFile file, Path blob, boolean alone) throws IOException {
    String unique = alone ? "" : "." + UUID.randomUUID();
    Path partial = blob.resolveSibling(blob.getFileName() + unique + ".sbert-spark.incomplete");
    try {
      // What an earlier run left may be damaged: what is wrong gets a second chance, from the
      // start.
      for (int received = 0; received < 2; received++) {
        receive(file, partial);
        if (PartialDownload.isRight(file, partial)) {
          Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
          return;
        }
        Files.delete(partial);
      }
      throw new ModelException(
          "Cannot fetch %s of model %s: twice %s sent something else than the file with checksum %s: try again later, and check for a proxy that changes downloads"
              .formatted(file.name(), client.id(), client.host(), file.checksum().hex()));
    } finally {
      if (!alone) {
        Files.deleteIfExists(partial);
      }
    }
  }

  private void receive(RemoteFile file, Path partial) throws IOException {
    PartialDownload download = new PartialDownload(client, file, partial, progress);
    retry.call(
        "Cannot fetch %s of model %s".formatted(file.name(), client.id()), download::receive);
  }
}
