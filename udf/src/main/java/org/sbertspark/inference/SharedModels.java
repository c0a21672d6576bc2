package org.sbertspark.inference;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.sbertspark.model.ModelException;
import org.sbertspark.torchscript.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this JVM: each loaded once, when it is first asked for, and shared by all encoders.
 * A failed load is forgotten, so that the next caller tries again. Thread-safe.
 */
public final class SharedModels {
  private static final Logger LOG = LoggerFactory.getLogger(SharedModels.class);

  /** By the bundle's file name, which has fingerprint and format. */
  private static final ConcurrentMap<String, CompletableFuture<LoadedModel>> MODELS =
      new ConcurrentHashMap<>();

  private static final AtomicInteger LOADS = new AtomicInteger();

  private SharedModels() {}

  /**
   * A new encoder over the shared model of this bundle; loads it if it is the first.
   *
   * @throws ModelException if the bundle cannot be loaded, or if this machine does not compute its
   *     golden vectors
   */
  public static SentenceEncoder encoder(Path bundle, EncoderOptions options) {
    return model(ModelBundle.open(bundle)).newEncoder(options);
  }

  private static LoadedModel model(ModelBundle bundle) {
    CompletableFuture<LoadedModel> mine = new CompletableFuture<>();
    CompletableFuture<LoadedModel> shared = MODELS.putIfAbsent(bundle.fileName(), mine);
    if (shared == null) {
      shared = mine;
      // Not in the caller's thread: a killed task must not break the load for the others.
      Thread loader = new Thread(() -> load(bundle, mine), "sbert-spark-model-load");
      loader.setDaemon(true);
      loader.start();
    }
    try {
      return shared.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EncodingException("Interrupted while model " + bundle.name() + " was loading", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ModelException known) {
        // A copy with this caller's stack; the message is the same for all who waited.
        throw new ModelException(known.getMessage(), known);
      }
      throw new ModelException(
          "Cannot load model %s: %s".formatted(bundle.name(), e.getCause()), e.getCause());
    }
  }

  private static void load(ModelBundle bundle, CompletableFuture<LoadedModel> result) {
    try {
      result.complete(load(bundle));
    } catch (Throwable e) {
      MODELS.remove(bundle.fileName(), result);
      result.completeExceptionally(e);
    }
  }

  private static LoadedModel load(ModelBundle bundle) throws Exception {
    long start = System.nanoTime();
    ModelException refused = null;
    for (Target target : targets(System.getProperty("os.name"))) {
      if (!bundle.targets().contains(target.id())) {
        continue;
      }
      try {
        LoadedModel model =
            LoadedModel.load(archive(bundle, target), bundle.tokenizerJson(), bundle.spec());
        verify(bundle, model);
        LOADS.incrementAndGet();
        LOG.info(
            "Loaded model {} ({}, program {}) in {} ms",
            bundle.name(),
            bundle.fingerprint().substring(0, 12),
            target.id(),
            (System.nanoTime() - start) / 1_000_000);
        return model;
      } catch (ModelException e) {
        LOG.debug("Program {} does not run here: {}", target.id(), e.getMessage());
        refused = e;
      }
    }
    throw refused != null
        ? refused
        : new ModelException("Bundle " + bundle.file() + " has no program");
  }

  /** Programs to try on this machine, best first. */
  static List<Target> targets(String osName) {
    return osName.startsWith("Linux") ? List.of(Target.FUSED, Target.PLAIN) : List.of(Target.PLAIN);
  }

  /** The archive in the cache, written there if it was not. */
  private static Path archive(ModelBundle bundle, Target target) throws Exception {
    Path cache = CacheFolder.get();
    String name = bundle.archiveName(target);
    Path archive = cache.resolve("archives").resolve(name);
    if (Files.exists(archive)) {
      return archive;
    }
    return CacheLock.with(
        cache,
        name,
        () -> {
          if (!Files.exists(archive)) {
            AtomicFile.write(archive, temporary -> bundle.writeArchive(target, temporary));
          }
          return archive;
        });
  }

  private static void verify(ModelBundle bundle, LoadedModel model) {
    GoldenTexts golden = bundle.golden();
    try (SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
      golden.verify(encoder.encode(golden.texts()).vectors(), bundle.name(), host());
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  /** How many times a model was loaded in this JVM since it started. */
  public static int loads() {
    return LOADS.get();
  }

  /** Encoders that were opened and not yet closed. */
  public static int openEncoders() {
    return LoadedModel.OPEN_ENCODERS.get();
  }
}
