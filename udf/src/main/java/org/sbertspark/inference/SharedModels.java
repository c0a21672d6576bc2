package org.sbertspark.inference;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.sbertspark.model.ModelException;
import org.sbertspark.torchscript.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of this JVM: each loaded once for a device and a precision, when it is first asked
 * for, and shared by all encoders. A failed load is forgotten, so that the next caller tries again.
 * Thread-safe.
 */
public final class SharedModels {
  private static final Logger LOG = LoggerFactory.getLogger(SharedModels.class);

  private static final ConcurrentMap<Key, CompletableFuture<LoadedModel>> MODELS =
      new ConcurrentHashMap<>();

  /**
   * What a model in memory is of.
   *
   * @param bundle its file name, which has fingerprint and format
   */
  private record Key(String bundle, Precision precision, ComputeDevice device) {}

  private static final AtomicInteger LOADS = new AtomicInteger();
  private static final AtomicLong LOAD_MILLIS = new AtomicLong();

  /** More than a cache that another process fills is waited for. */
  private static final Duration LONGEST_LOAD = Duration.ofMinutes(20);

  private SharedModels() {}

  /**
   * A new encoder over the shared model of this bundle; loads it if it is the first.
   *
   * @throws IllegalArgumentException if the device is none for the precision
   * @throws ModelException if there is no such device, if the bundle cannot be loaded, or if this
   *     machine does not compute its golden vectors
   */
  public static SentenceEncoder encoder(Path bundle, EncoderOptions options) {
    return encoder(ModelBundle.open(bundle), options, LONGEST_LOAD);
  }

  /** As {@link #encoder(Path, EncoderOptions)}; waits so long for a model that is being loaded. */
  static SentenceEncoder encoder(ModelBundle bundle, EncoderOptions options, Duration longestLoad) {
    return model(bundle, options, longestLoad).newEncoder(options);
  }

  private static LoadedModel model(
      ModelBundle bundle, EncoderOptions options, Duration longestLoad) {
    options.precision().requireSupport(options.device());
    Key key = new Key(bundle.fileName(), options.precision(), options.device());
    CompletableFuture<LoadedModel> mine = new CompletableFuture<>();
    CompletableFuture<LoadedModel> shared = MODELS.putIfAbsent(key, mine);
    if (shared == null) {
      shared = mine;
      // Not in the caller's thread: a killed task must not break the load for the others.
      Thread loader = new Thread(() -> load(bundle, key, options, mine), "sbert-spark-model-load");
      loader.setDaemon(true);
      try {
        loader.start();
      } catch (Throwable e) {
        // No thread to be had: nobody may wait for it.
        fail(key, mine, e);
      }
    }
    try {
      return shared.get(longestLoad.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // The load goes on, and stays the shared one: a second one would hold the memory twice.
      throw new ModelException(
          "Cannot load model %s: waited %d s for it; is the disk of %s slow, or gone?"
              .formatted(bundle.name(), longestLoad.toSeconds(), CacheFolder.get()),
          e);
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

  private static void load(
      ModelBundle bundle, Key key, EncoderOptions options, CompletableFuture<LoadedModel> result) {
    try {
      result.complete(load(bundle, options));
    } catch (Throwable e) {
      fail(key, result, e);
    }
  }

  private static void fail(Key key, CompletableFuture<LoadedModel> result, Throwable cause) {
    MODELS.remove(key, result);
    result.completeExceptionally(cause);
  }

  /** A model of its own, which nobody shares. */
  static LoadedModel load(ModelBundle bundle, EncoderOptions options) throws Exception {
    Precision precision = options.precision();
    bundle.requirePrecision(precision);
    ComputeDevice device = options.device();
    String memory = device.isGpu() ? requireMemory(bundle, device) : "";
    if (!device.isGpu()) {
      requireCpu(bundle, precision);
    }
    long start = System.nanoTime();
    ModelException refused = null;
    for (Target target : Programs.toTry(precision, device)) {
      if (!bundle.targets().contains(target.id())) {
        continue;
      }
      if (refused != null) {
        LOG.warn("{}; trying program {}, which is slower", refused.getMessage(), target.id());
      }
      try {
        LoadedModel model =
            LoadedModel.load(
                archive(bundle, target), bundle.tokenizerJson(), bundle.spec(), device);
        verify(bundle, model, precision);
        long millis = (System.nanoTime() - start) / 1_000_000;
        LOADS.incrementAndGet();
        LOAD_MILLIS.addAndGet(millis);
        LOG.info(
            "Loaded model {} ({}, {}, program {}) on {} in {} ms; its first encoder takes {} of {} CPUs"
                + " (threads, else spark.task.cpus) and up to {} tokens a forward pass (tokenBudget;"
                + " where it is 0, {} on this device){}",
            bundle.name(),
            bundle.fingerprint().substring(0, 12),
            precision,
            target.id(),
            device,
            millis,
            options.threads(),
            Runtime.getRuntime().availableProcessors(),
            options.tokenBudget(),
            EncoderOptions.defaultTokenBudget(device),
            memory);
        return model;
      } catch (ModelException e) {
        refused = e;
      }
    }
    throw refused != null
        ? refused
        : new ModelException("Bundle " + bundle.file() + " has no program");
  }

  /** What is said of the GPU's memory where the weights, which are read in float32, have room. */
  private static String requireMemory(ModelBundle bundle, ComputeDevice device) {
    return TorchEngine.memory(device)
        .map(
            memory -> {
              memory.requireRoom(bundle.name(), device, Float.BYTES * bundle.parameters());
              return "; before it " + memory;
            })
        .orElse("");
  }

  private static void requireCpu(ModelBundle bundle, Precision precision) {
    if (precision == Precision.BFLOAT16 && !CpuFeatures.here().multipliesBfloat16()) {
      throw new ModelException(
          ("Cannot load model %s in bfloat16 on host %s: its CPU has no instructions for it"
                  + " (avx512_bf16, amx_bf16 or ARM's bf16), and without them it is slower than float32;"
                  + " use float32 or int8")
              .formatted(bundle.name(), host()));
    }
  }

  /** The archive in the cache, written there if it was not, or was damaged. */
  private static Path archive(ModelBundle bundle, Target target) throws Exception {
    Path cache = CacheFolder.get();
    String name = bundle.archiveName(target);
    Path archive = cache.resolve("archives").resolve(name);
    if (ZipChecksums.hold(archive)) {
      return archive;
    }
    return CacheLock.with(
        cache,
        name,
        () -> {
          if (!ZipChecksums.hold(archive)) {
            ModelBundle.tellOfDamage(archive);
            unpack(archive, bundle, temporary -> bundle.writeArchive(target, temporary));
          }
          return archive;
        });
  }

  /** Writes an archive; what is left of one that could not be written is removed. */
  static void unpack(Path archive, ModelBundle bundle, AtomicFile.Content content) {
    try {
      AtomicFile.write(archive, content);
    } catch (IOException e) {
      throw new ModelException(
          "Cannot unpack model %s to %s (%d MiB free there): %s; set %s to a folder with room"
              .formatted(
                  bundle.name(),
                  archive.getParent(),
                  archive.getParent().toFile().getUsableSpace() >> 20,
                  e.getMessage(),
                  CacheFolder.VARIABLE),
          e);
    }
  }

  private static void verify(ModelBundle bundle, LoadedModel model, Precision precision) {
    try (SentenceEncoder encoder = model.newEncoder(EncoderOptions.DEFAULT)) {
      GoldenTexts golden = bundle.golden();
      golden.verify(encoder.encode(golden.texts()).vectors(), precision, bundle.name(), host());
    } catch (EncodingException e) {
      model.close();
      throw new ModelException(
          "Model %s cannot be run on host %s: %s".formatted(bundle.name(), host(), e.getMessage()),
          e);
    } catch (RuntimeException | Error e) {
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

  /** What those loads took, in all. */
  public static long loadMillis() {
    return LOAD_MILLIS.get();
  }

  /** Encoders that were opened and not yet closed. */
  public static int openEncoders() {
    return LoadedModel.OPEN_ENCODERS.get();
  }
}
