package org.sbertspark.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.sbertspark.model.Json;
import org.sbertspark.model.ModelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's folder in the hub cache, in the layout of Python's {@code huggingface_hub}: {@code
 * blobs} (contents, named by checksum), {@code snapshots/<commit>} (links to them, named as in the
 * repository), {@code refs} (what a revision meant last), {@code .no_exist/<commit>} (files that
 * the commit is known not to have).
 */
final class HubCache {
  private static final Logger LOG = LoggerFactory.getLogger(HubCache.class);

  private final Path root;
  private final Path folder;
  private final Path locks;
  private final Linker linker;

  HubCache(Path root, HubId id) {
    this(root, id, Files::createSymbolicLink);
  }

  /** With another way to link, which may throw as {@link Files#createSymbolicLink} does. */
  HubCache(Path root, HubId id, Linker linker) {
    this.root = root;
    this.folder = root.resolve(id.folderName());
    this.locks = root.resolve(".locks").resolve(id.folderName());
    this.linker = linker;
  }

  interface Linker {
    void link(Path link, Path target) throws IOException;
  }

  Path root() {
    return root;
  }

  Path blob(Checksum checksum) {
    return folder.resolve("blobs").resolve(checksum.hex());
  }

  /** Beside a blob; its name has no meaning to others. */
  Path lock(Checksum checksum) {
    return locks.resolve(checksum.hex() + ".sbert-spark.lock");
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  /** The place of a file in a snapshot, whether it is there or not. */
  Path file(String commit, String name) {
    Path snapshot = snapshot(commit);
    Path file = snapshot.resolve(name).normalize();
    if (!RepoPath.isSafe(name) || !file.startsWith(snapshot)) {
      throw new ModelException("Refused a file name of a model: it leads out of the cache");
    }
    return file;
  }

  /** The names of what is there of a snapshot, with slashes. */
  NavigableSet<String> names(String commit) {
    Path snapshot = snapshot(commit);
    NavigableSet<String> names = new TreeSet<>();
    if (Files.isDirectory(snapshot)) {
      try (Stream<Path> files = Files.walk(snapshot, FileVisitOption.FOLLOW_LINKS)) {
        files
            .filter(Files::isRegularFile)
            .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
            .forEach(names::add);
      } catch (IOException | UncheckedIOException e) {
        throw new ModelException("Cannot read " + snapshot + ": " + e.getMessage(), e);
      }
    }
    return names;
  }

  /** What a revision meant when it was last fetched; a commit means itself. */
  Optional<String> commit(HubId id) {
    if (id.isCommit()) {
      return Optional.of(id.revision());
    }
    try {
      return Optional.of(Files.readString(ref(id.revision())).strip()).filter(HubId::isCommit);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Remembers what a revision means. A cache that cannot be written is no reason to fail. */
  void remember(HubId id, String commit) {
    if (!commit(id).equals(Optional.of(commit))) {
      tryToWrite(ref(id.revision()), commit);
    }
  }

  /** Remembers that a commit has no such file. */
  void rememberAbsence(String commit, String name) {
    if (!isKnownAbsent(commit, name)) {
      tryToWrite(noExist(commit, name), "");
    }
  }

  /**
   * Whether somebody who could ask the hub wrote down that the commit has no such file: as a
   * marker, or by keeping the list of all its files.
   */
  boolean isKnownAbsent(String commit, String name) {
    if (Files.exists(noExist(commit, name))) {
      return true;
    }
    Path tree = folder.resolve("trees").resolve(commit + ".json");
    if (!Files.isRegularFile(tree)) {
      return false;
    }
    try {
      JsonNode files = Json.read(tree).path("files");
      return files.isObject() && !files.has(name);
    } catch (ModelException e) {
      LOG.debug("Nothing known: {}", e.getMessage());
      return false;
    }
  }

  /** Makes a blob the content of a file in a snapshot: by a relative link, else by a copy. */
  void link(String commit, String name, Path blob) throws IOException {
    Path file = file(commit, name);
    Files.createDirectories(file.getParent());
    Path temporary = temporary(file);
    try {
      try {
        linker.link(temporary, file.getParent().relativize(blob));
      } catch (UnsupportedOperationException | IOException e) {
        // As on Windows without the right to make links.
        LOG.debug("No symbolic links in {}, copying: {}", folder, e.getMessage());
        Files.copy(blob, temporary);
      }
      // Also replaces a link whose blob was deleted.
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Path ref(String revision) {
    return folder.resolve("refs").resolve(revision);
  }

  private Path noExist(String commit, String name) {
    return folder.resolve(".no_exist").resolve(commit).resolve(name);
  }

  private static void tryToWrite(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Path temporary = temporary(file);
      try {
        Files.writeString(temporary, text, StandardCharsets.US_ASCII);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      LOG.warn("Cannot write {}: {}; the model will not be found offline", file, e.getMessage());
    }
  }

  /** Beside a file, made with the usual permissions: others may share the cache. */
  static Path temporary(Path file) {
    return file.resolveSibling(
        file.getFileName() + "." + UUID.randomUUID().toString().substring(0, 8) + ".tmp");
  }
}
