package org.sbertspark.ml;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelException;
import scala.Option;

/**
 * From what the user calls a model to its bundle, on the driver. A location is a local folder or
 * bundle file, or a path of any file system that Hadoop knows ({@code file:}, {@code hdfs:}, {@code
 * s3a:}…), folder or bundle file again.
 *
 * <p>Each location is resolved once per JVM, and again when its files change. Thread-safe.
 */
public final class DriverModels {
  /** By location; guarded by itself. */
  private static final Map<String, Resolved> RESOLVED = new HashMap<>();

  /**
   * @param state names, sizes and modification times of the location's files
   */
  private record Resolved(String state, ModelBundle bundle) {}

  private DriverModels() {}

  /** As {@link #resolve(String, Configuration)}, with the running session's Hadoop settings. */
  public static ModelBundle resolve(String location) {
    return resolve(location, sessionConfiguration());
  }

  /**
   * The bundle of a model, compiled if need be.
   *
   * @throws ModelException if there is no model at the location, or it cannot be read
   */
  public static ModelBundle resolve(String location, Configuration hadoop) {
    requireLocation(location);
    try {
      ModelLocation model = ModelLocation.of(location, hadoop);
      String state = model.state();
      // Held while it compiles, so that two callers do not compile the same model.
      synchronized (RESOLVED) {
        Resolved known = RESOLVED.get(location);
        if (known == null || !known.state.equals(state) || !Files.exists(known.bundle.file())) {
          known = new Resolved(state, model.bundle());
          RESOLVED.put(location, known);
        }
        return known.bundle;
      }
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  /**
   * What the model is. Compiles nothing; reads the whole model for its fingerprint.
   *
   * @throws ModelException as in {@link #resolve(String, Configuration)}
   */
  public static ModelDescription describe(String location, Configuration hadoop) {
    requireLocation(location);
    try {
      return ModelLocation.of(location, hadoop).read(ModelBundle::describe);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static void requireLocation(String location) {
    if (location.isBlank()) {
      throw new ModelException(
          "Cannot load model: its location is blank, expected a model folder or a bundle file");
    }
  }

  private static ModelException unreadable(String location, IOException e) {
    return new ModelException(
        e instanceof FileNotFoundException
            ? ("Cannot load model %s: there is no such folder or file; expected a"
                    + " sentence-transformers folder or a %s bundle")
                .formatted(location, ModelBundle.FILE_SUFFIX)
            : "Cannot load model %s: %s".formatted(location, e.getMessage()),
        e);
  }

  private static Configuration sessionConfiguration() {
    Option<SparkSession> active = SparkSession.getActiveSession();
    Option<SparkSession> session = active.isDefined() ? active : SparkSession.getDefaultSession();
    return session.isDefined() ? session.get().sessionState().newHadoopConf() : new Configuration();
  }
}
