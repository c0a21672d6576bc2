package org.sbertspark.inference;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;

/**
 * Where compiled models and unpacked natives live: the system property {@value #PROPERTY}, else the
 * environment variable {@value #VARIABLE}, else {@code sbert-spark} under {@code XDG_CACHE_HOME} or
 * {@code ~/.cache}, else (a home that cannot be written, as in some containers) under the temporary
 * folder.
 */
public final class CacheFolder {
  public static final String PROPERTY = "sbertspark.cache.dir";
  public static final String VARIABLE = "SBERT_SPARK_CACHE";

  private static final String PRIVATE = "rwx------";

  private CacheFolder() {}

  /** The folder, created if it was missing. */
  public static Path get() {
    String chosen = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    if (chosen != null && !chosen.isBlank()) {
      try {
        return forThisUser(Path.of(chosen).toAbsolutePath());
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
      Path folder = forThisUser(home.resolve("sbert-spark"));
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException e) {
      // Fall through to the temporary folder.
    }
    Path shared = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return own(shared.resolve("sbert-spark-" + System.getProperty("user.name")));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Cannot create a cache folder: %s; set %s to a folder that can be written"
              .formatted(e.getMessage(), VARIABLE),
          e);
    }
  }

  /** The folder; if it was missing, nobody else may read or write in it. */
  private static Path forThisUser(Path folder) throws IOException {
    if (Files.isDirectory(folder)
        || !FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return Files.createDirectories(folder);
    }
    return Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
  }

  /**
   * A folder where anybody can write, for nobody else: native libraries are loaded from it.
   *
   * @throws IOException if somebody else made it, or could write there
   */
  static Path own(Path folder) throws IOException {
    try {
      Files.createDirectory(
          folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
    } catch (FileAlreadyExistsException e) {
      PosixFileAttributes is =
          Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!is.isDirectory()
          || !is.owner().equals(thisUser(folder.getParent()))
          || !PosixFilePermissions.toString(is.permissions()).equals(PRIVATE)) {
        throw new IOException(
            "%s is there and not a folder of this user alone".formatted(folder), e);
      }
    }
    return folder;
  }

  /** In a container a user may have no name. */
  private static UserPrincipal thisUser(Path writable) throws IOException {
    Path file = Files.createTempFile(writable, "sbert-spark", "");
    try {
      return Files.getOwner(file);
    } finally {
      Files.delete(file);
    }
  }
}
