package org.sbertspark.model.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.Optional;
import org.sbertspark.model.ModelException;

/**
 * What the cache can give of a model's revision without a hub.
 *
 * @param snapshot the revision's last one, if it is complete
 * @param problem why there is none, as the end of a message; empty if there is
 */
record CachedModel(Optional<HubSnapshot> snapshot, String problem) {

  static CachedModel find(HubCache cache, HubId id) {
    Optional<String> commit = cache.commit(id);
    if (commit.isEmpty() || !Files.isDirectory(cache.snapshot(commit.get()))) {
      return new CachedModel(Optional.empty(), "it is not in the cache %s".formatted(cache.root()));
    }
    Path folder = cache.snapshot(commit.get());
    return missing(cache, id, commit.get())
        .map(
            file ->
                new CachedModel(
                    Optional.empty(),
                    "its copy in the cache, %s, has no %s".formatted(folder, file)))
        .orElseGet(() -> new CachedModel(Optional.of(new HubSnapshot(folder, commit.get())), ""));
  }

  /**
   * What a snapshot lacks. Other programs fetch only the files that they need: without modules.json
   * a sentence-transformers model looks like a plain one, and would give other vectors. So somebody
   * must know that the model has none.
   */
  private static Optional<String> missing(HubCache cache, HubId id, String commit) {
    NavigableSet<String> names = cache.names(commit);
    if (!names.contains(NeededFiles.MODULES) && !cache.isKnownAbsent(commit, NeededFiles.MODULES)) {
      return Optional.of(NeededFiles.MODULES + ", though the model may have one");
    }
    try {
      return NeededFiles.visit(id, names, name -> cache.file(commit, name));
    } catch (ModelException e) {
      // Damaged, and whoever asks may be able to do without: not an error yet.
      return Optional.of("readable settings: " + e.getMessage());
    }
  }
}
