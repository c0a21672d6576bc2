package org.sbertspark.inference;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.cuda.CudaUtils;
import java.io.File;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.sbertspark.model.ModelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libtorch in this JVM: unpacked from the class path and loaded once, when it is first needed.
 * Never downloads anything.
 */
public final class TorchEngine {
  private static final Logger LOG = LoggerFactory.getLogger(TorchEngine.class);
  private static final String ENGINE = "PyTorch";
  private static final String CACHE_DIR = "DJL_CACHE_DIR";

  /** The environment variable that names another libtorch than that of the class path. */
  static final String LIBRARY_PATH = "PYTORCH_LIBRARY_PATH";

  /** What DJL calls its bridge to a libtorch for CUDA. */
  static final String CUDA_FLAVOR = "cu128";

  private static Engine loaded;

  private TorchEngine() {}

  /** The engine, loaded; a failed load is tried again by the next caller. */
  private static synchronized Engine engine() {
    if (loaded == null) {
      loaded = load();
    }
    return loaded;
  }

  private static Engine load() {
    Path cache = CacheFolder.get();
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
    // Off: the optimiser compiles again for every new shape, and texts have many.
    setDefault("ai.djl.pytorch.graph_optimizer", "false");
    setDefault("ai.djl.pytorch.num_interop_threads", "1");
    String libtorch = System.getProperty(LIBRARY_PATH, System.getenv(LIBRARY_PATH));
    if (libtorch != null) {
      // DJL would ask CUDA's runtime, and take a name that its jar does not have.
      setDefault("PYTORCH_FLAVOR", hasCuda(libtorch) ? CUDA_FLAVOR : "cpu");
    }
    if (System.getenv(CACHE_DIR) == null) {
      setDefault(CACHE_DIR, cache.resolve("natives").toString());
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    // DJL looks up engines and natives through it; a thread of Spark's may have a foreign one.
    Thread.currentThread().setContextClassLoader(TorchEngine.class.getClassLoader());
    try {
      // Unpacking is not safe when several processes of one host do it at once.
      return CacheLock.with(
          cache,
          "natives",
          () -> {
            CacheLeftovers.remove(cache);
            return Engine.getEngine(ENGINE);
          });
    } catch (Exception e) {
      throw new ModelException(
          "Cannot load the native libraries of %s for %s/%s: %s"
              .formatted(
                  ENGINE, System.getProperty("os.name"), System.getProperty("os.arch"), reason(e)),
          e);
    } finally {
      Thread.currentThread().setContextClassLoader(context);
    }
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return EncodingException.reason(root);
  }

  /**
   * An empty model on this device.
   *
   * @throws ModelException if libtorch cannot be loaded, or if there is no such GPU
   */
  static Model newModel(String name, ComputeDevice device) {
    return engine(device).newModel(name, djl(device));
  }

  /**
   * Memory for arrays; close it.
   *
   * @throws ModelException if libtorch cannot be loaded, or if there is no such GPU
   */
  public static NDManager newManager(ComputeDevice device) {
    return engine(device).newBaseManager(djl(device));
  }

  private static Engine engine(ComputeDevice device) {
    Engine engine = engine();
    if (device.isGpu()) {
      gpus().require(device, engine.getVersion());
    }
    return engine;
  }

  private static Device djl(ComputeDevice device) {
    return device.isGpu() ? Device.gpu(device.gpu()) : Device.cpu();
  }

  /**
   * The GPUs that libtorch sees in this process.
   *
   * @throws ModelException if libtorch cannot be loaded
   */
  public static VisibleGpus gpus() {
    Engine engine = engine();
    // What libtorch itself says; it does not tell how many.
    boolean some = engine.hasCapability(StandardCapabilities.CUDA);
    int counted = some ? engine.getGpuCount() : 0;
    return new VisibleGpus(
        hasCuda(LibUtils.getLibtorchPath()), Math.max(counted, some ? 1 : 0), counted > 0 || !some);
  }

  /** Whether a libtorch in one of these folders is one for CUDA. */
  private static boolean hasCuda(String folders) {
    return Arrays.stream(folders.split(File.pathSeparator))
        .anyMatch(folder -> Files.exists(Path.of(folder, System.mapLibraryName("torch_cuda"))));
  }

  /** The memory of a GPU; empty if CUDA's runtime does not tell. */
  static Optional<GpuMemory> memory(ComputeDevice gpu) {
    try {
      MemoryUsage memory = CudaUtils.getGpuMemory(djl(gpu));
      return Optional.of(new GpuMemory(memory.getMax() - memory.getUsed(), memory.getMax()));
    } catch (RuntimeException e) {
      LOG.debug("The memory of {} is not known", gpu, e);
      return Optional.empty();
    }
  }

  /** Threads that a forward pass of the calling thread may use. */
  public static void useThreads(int threads) {
    if (JniUtils.getNumThreads() != threads) {
      LOG.debug("{} intra-op threads", threads);
      JniUtils.setNumThreads(threads);
    }
  }
}
