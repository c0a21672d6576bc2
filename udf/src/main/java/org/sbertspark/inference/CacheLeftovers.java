package org.sbertspark.inference;

import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What processes that were killed have left half-written in a cache: hundreds of megabytes each
 * time, which nobody else would remove.
 */
final class CacheLeftovers {
  private static final Logger LOG = LoggerFactory.getLogger(CacheLeftovers.class);

  /** Nobody takes so long to write one of these. */
  private static final Duration AGE = Duration.ofDays(1);

  /**
   * @param folder in the cache
   * @param glob of the names that things have in it until they are whole
   */
  private record HalfWritten(String folder, String glob) {}

  /** DJL unpacks natives in {@code tmp}. */
  private static final List<HalfWritten> ALL =
      List.of(
          new HalfWritten("", "{.training*.pt,pack-*.sbert}"),
          new HalfWritten("archives", ".*.tmp"),
          new HalfWritten("bundles", "{.*.tmp,.golden*.pt}"),
          new HalfWritten("natives/pytorch", "tmp*"));

  private CacheLeftovers() {}

  /** Removes what is old enough to be nobody's. What cannot be removed stays. */
  static void remove(Path cache) {
    Instant limit = Instant.now().minus(AGE);
    for (HalfWritten kind : ALL) {
      Path folder = cache.resolve(kind.folder);
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, kind.glob)) {
        for (Path path : found) {
          if (Files.getLastModifiedTime(path).toInstant().isBefore(limit)) {
            Utils.deleteQuietly(path);
            LOG.info("Removed {}, which a killed process has left", path);
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        LOG.debug("Cannot look for leftovers in {}", folder, e);
      }
    }
  }
}
