package org.sbertspark.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where compiled models and unpacked natives live: the system property {@value #PROPERTY}, else the
 * environment variable {@value #VARIABLE}, else {@code sbert-spark} under {@code XDG_CACHE_HOME} or
 * {@code ~/.cache}, else (a home that cannot be written, as in some containers) under the temporary
 * folder.
 */
public final class CacheFolder {
  public static final String PROPERTY = "sbertspark.cache.dir";
  public static final String VARIABLE = "SBERT_SPARK_CACHE";

  private CacheFolder() {}

  /** The folder, created if it was missing. */
  public static Path get() {
    String chosen = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    if (chosen != null && !chosen.isBlank()) {
      try {
        return Files.createDirectories(Path.of(chosen).toAbsolutePath());
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "Cannot create the cache folder %s: %s; set %s to a folder that can be written"
                .formatted(chosen, e.getMessage(), VARIABLE),
            e);
      }
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path home =
        xdg != null && !xdg.isBlank()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    try {
      Path folder = Files.createDirectories(home.resolve("sbert-spark"));
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException e) {
      // Fall through to the temporary folder.
    }
    try {
      String user = System.getProperty("user.name");
      return Files.createDirectories(
          Path.of(System.getProperty("java.io.tmpdir"), "sbert-spark-" + user));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Cannot create a cache folder: %s; set %s to a folder that can be written"
              .formatted(e.getMessage(), VARIABLE),
          e);
    }
  }
}
