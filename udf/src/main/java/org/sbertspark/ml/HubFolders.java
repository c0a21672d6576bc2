package org.sbertspark.ml;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.sbertspark.model.hub.HubId;
import org.sbertspark.model.hub.HubModels;
import org.sbertspark.model.hub.HubSettings;
import org.sbertspark.model.hub.HubSnapshot;

/**
 * The models of this JVM that came from a hub. What a branch means is asked once: it must not move
 * between the stages of a pipeline. Thread-safe.
 */
final class HubFolders {
  private static final Map<Key, HubSnapshot> FETCHED = new ConcurrentHashMap<>();

  private record Key(HubId id, URI endpoint, Path cache) {}

  private HubFolders() {}

  /**
   * The model's files, fetched at the first call.
   *
   * @throws org.sbertspark.model.ModelException if neither the hub nor the cache has them
   */
  static HubSnapshot fetch(HubId id, HubAccess hub) {
    HubSettings settings = hub.settings().get();
    Key key = new Key(id, settings.endpoint(), settings.cache());
    HubSnapshot known = FETCHED.get(key);
    if (known == null) {
      // Not under a lock of the map: it may take minutes. Files are fetched once in any case.
      HubSnapshot fetched = HubModels.fetch(id, settings, hub.progress());
      HubSnapshot earlier = FETCHED.putIfAbsent(key, fetched);
      known = earlier == null ? fetched : earlier;
    }
    return known;
  }
}
