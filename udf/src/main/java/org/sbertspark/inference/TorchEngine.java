package org.sbertspark.inference;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Path;
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
    if (System.getenv(CACHE_DIR) == null) {
      setDefault(CACHE_DIR, cache.resolve("natives").toString());
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    // DJL looks up engines and natives through it; a thread of Spark's may have a foreign one.
    Thread.currentThread().setContextClassLoader(TorchEngine.class.getClassLoader());
    try {
      // Unpacking is not safe when several processes of one host do it at once.
      return CacheLock.with(cache, "natives", () -> Engine.getEngine(ENGINE));
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

  /** An empty model on the CPU. */
  static Model newModel(String name) {
    return engine().newModel(name, Device.cpu());
  }

  /**
   * Memory for arrays; close it.
   *
   * @param gpu the number of a GPU, or -1 for the CPU
   * @throws ModelException if libtorch cannot be loaded, or if there is no such GPU
   */
  public static NDManager newManager(int gpu) {
    Engine engine = engine();
    if (gpu >= engine.getGpuCount()) {
      throw new ModelException(
          "Cannot use GPU %d: libtorch %s sees %d of them; use the CPU, or natives for CUDA"
              .formatted(gpu, engine.getVersion(), engine.getGpuCount()));
    }
    return engine.newBaseManager(gpu < 0 ? Device.cpu() : Device.gpu(gpu));
  }

  /** Threads that a forward pass of the calling thread may use. */
  public static void useThreads(int threads) {
    if (JniUtils.getNumThreads() != threads) {
      LOG.debug("{} intra-op threads", threads);
      JniUtils.setNumThreads(threads);
    }
  }
}
