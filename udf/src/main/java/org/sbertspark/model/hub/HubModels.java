package org.sbertspark.model.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubClient.Listing;
import org.sbertspark.model.hub.HubClient.RemoteFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models of a hub, as folders on this machine.
 *
 * <p>Files are kept in the standard hub cache, shared with Python and between processes; what is
 * there is not fetched again. A full commit that is there is used without asking; for a branch or a
 * tag the hub is asked what it means today. Offline, or if the hub gives no answer, the revision's
 * last snapshot is used if it is complete.
 */
public final class HubModels {
  private static final Logger LOG = LoggerFactory.getLogger(HubModels.class);

  private final HubId id;
  private final HubCache cache;
  private final HubClient client;
  private final Retry retry;
  private final BlobDownload download;

  private HubModels(HubId id, HubSettings settings, Progress progress, Waiting waiting) {
    this.id = id;
    this.cache = new HubCache(settings.cache(), id);
    this.client = new HubClient(id, new HubHttp(settings, waiting.timeouts()), waiting.clock());
    this.retry = new Retry(waiting.sleeper());
    this.download = new BlobDownload(client, cache, retry, progress);
  }

  /** How a fetch waits: for a server, and between attempts. */
  record Waiting(HubHttp.Timeouts timeouts, Retry.Sleeper sleeper, Clock clock) {
    static final Waiting REAL =
        new Waiting(
            HubHttp.Timeouts.DEFAULT, pause -> Thread.sleep(pause.toMillis()), Clock.systemUTC());
  }

  /**
   * The model's files, fetched as far as they are missing. May take long: it downloads the weights,
   * and waits (minutes, bounded) for a hub that asks for patience. Interruptible. What was
   * downloaded before a failure is kept and used by the next call. Safe when several threads and
   * processes do the same.
   *
   * @throws ModelException in one line, if there is no such model, it needs a token, it lacks
   *     files, or neither the hub nor the cache can give it
   */
  public static HubSnapshot fetch(HubId id, HubSettings settings, Progress progress) {
    return fetch(id, settings, progress, Waiting.REAL);
  }

  static HubSnapshot fetch(HubId id, HubSettings settings, Progress progress, Waiting waiting) {
    CachedModel cached = CachedModel.find(new HubCache(settings.cache(), id), id);
    if (cached.snapshot().isPresent() && (id.isCommit() || settings.offline())) {
      return cached.snapshot().get();
    }
    if (settings.offline()) {
      throw new ModelException(
          "Cannot fetch model %s: HF_HUB_OFFLINE is set, and %s".formatted(id, cached.problem()));
    }
    HubModels models = new HubModels(id, settings, progress, waiting);
    Listing listing;
    try {
      listing = models.list(cached);
    } catch (HubUnreachableException e) {
      if (cached.snapshot().isPresent()) {
        LOG.warn(
            "{}: using commit {} from the cache", e.getMessage(), cached.snapshot().get().commit());
        return cached.snapshot().get();
      }
      throw new ModelException("%s; and %s".formatted(e.getMessage(), cached.problem()), e);
    }
    return models.fetch(listing);
  }

  /** With something to fall back to there is no need to insist. */
  private Listing list(CachedModel cached) {
    int attempts = cached.snapshot().isPresent() ? 1 : Retry.ATTEMPTS;
    return retry.call("Cannot fetch model " + id, attempts, client::list);
  }

  private HubSnapshot fetch(Listing listing) {
    String commit = listing.commit();
    Optional<String> missing =
        NeededFiles.visit(id, listing.names(), name -> fetchFile(commit, name));
    if (missing.isPresent()) {
      throw new ModelException(
          "Cannot fetch model %s: on %s it has no %s".formatted(id, client.host(), missing.get()));
    }
    if (!listing.names().contains(NeededFiles.MODULES)) {
      cache.rememberAbsence(commit, NeededFiles.MODULES);
    }
    cache.remember(id, commit);
    return new HubSnapshot(cache.snapshot(commit), commit);
  }

  private Path fetchFile(String commit, String name) {
    Path file = cache.file(commit, name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    String what = "Cannot fetch %s of model %s".formatted(name, id);
    RemoteFile remote = retry.call(what, () -> client.describe(commit, name));
    try {
      cache.link(commit, name, download.blob(remote));
      return file;
    } catch (IOException e) {
      throw new ModelException(
          "%s: cannot write into the cache: %s: make room there, or set HF_HOME to a folder that can be written"
              .formatted(what, e),
          e);
    } catch (InterruptedException e) {
      throw HubHttp.interrupted(client.host(), e);
    }
  }
}
