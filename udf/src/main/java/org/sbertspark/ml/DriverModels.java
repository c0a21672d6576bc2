package org.sbertspark.ml;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubId;
import org.sbertspark.model.hub.HubSnapshot;
import scala.Option;

/**
 * From what the user calls a model to its bundle, on the driver. A location is, in this order,
 *
 * <ol>
 *   <li>a path of any file system that Hadoop knows ({@code file:}, {@code hdfs:}, {@code s3a:}…),
 *       of a model folder or a bundle file;
 *   <li>a local folder or bundle file;
 *   <li>a model on the hub, {@code organisation/name@revision}, see {@link HubId#parse}.
 * </ol>
 *
 * <p>Each location is resolved once per JVM; what is not on the hub again when its files change.
 * Thread-safe.
 */
public final class DriverModels {
  /** By the location of its files; guarded by itself. */
  private static final Map<String, Resolved> RESOLVED = new HashMap<>();

  /**
   * @param state names, sizes and modification times of the location's files
   */
  private record Resolved(String state, ModelBundle bundle) {}

  /**
   * @param revision of a model from the hub
   */
  private record Located(ModelLocation files, Optional<String> revision) {}

  private DriverModels() {}

  /** As {@link #resolve(String, Configuration)}, with the running session's Hadoop settings. */
  public static ModelBundle resolve(String location) {
    return resolve(location, sessionConfiguration());
  }

  /**
   * The bundle of a model, fetched and compiled if need be.
   *
   * @throws ModelException if there is no model at the location, or it cannot be read
   */
  public static ModelBundle resolve(String location, Configuration hadoop) {
    return resolve(location, hadoop, HubAccess.DEFAULT).bundle();
  }

  /** As {@link #resolve(String, Configuration, HubAccess)}, with the session's Hadoop settings. */
  public static ResolvedModel resolve(String location, HubAccess hub) {
    return resolve(location, sessionConfiguration(), hub);
  }

  /**
   * The bundle of a model and where it came from, fetched and compiled if need be.
   *
   * @throws ModelException if there is no model at the location, or it cannot be read
   */
  public static ResolvedModel resolve(String location, Configuration hadoop, HubAccess hub) {
    Located model = locate(location, hadoop, hub);
    try {
      return new ResolvedModel(bundle(model.files), model.revision);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  /**
   * What the model is, fetched if need be. Makes no bundle; reads the whole model for its
   * fingerprint.
   *
   * @throws ModelException as in {@link #resolve(String, Configuration)}
   */
  public static ModelDescription describe(String location, Configuration hadoop, HubAccess hub) {
    try {
      return locate(location, hadoop, hub).files.describe();
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  /**
   * What a task makes of a model's folder on this machine, fetched if need be; a copy of a remote
   * one is deleted afterwards.
   *
   * @throws ModelException as in {@link #resolve(String, Configuration)}, or if the model is no
   *     folder but a bundle
   */
  static <T> T withFolder(
      String location, Configuration hadoop, HubAccess hub, Function<Path, T> task) {
    try {
      return locate(location, hadoop, hub).files.withFolder(task);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static Located locate(String location, Configuration hadoop, HubAccess hub) {
    if (location.isBlank()) {
      throw new ModelException(
          "Cannot load model: its location is blank, expected a model folder, a bundle file or a"
              + " model's name on the hub");
    }
    try {
      if (!ModelLocation.isHubId(location)) {
        return new Located(ModelLocation.of(location, hadoop), Optional.empty());
      }
      HubId id = HubId.parse(location);
      HubSnapshot snapshot = HubFolders.fetch(id, hub);
      return new Located(
          ModelLocation.ofFolder(snapshot.folder(), id.repo()), Optional.of(snapshot.commit()));
    } catch (ModelException e) {
      // Whoever has mistyped a path must not be left with the hub's answer alone.
      throw new ModelException(
          "Cannot load model %s: it is no local folder or file; as a model on the hub: %s"
              .formatted(location, e.getMessage()),
          e);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static ModelBundle bundle(ModelLocation model) throws IOException {
    String state = model.state();
    // Held while it compiles, so that two callers do not compile the same model.
    synchronized (RESOLVED) {
      Resolved known = RESOLVED.get(model.toString());
      if (known == null || !known.state.equals(state) || !Files.exists(known.bundle.file())) {
        known = new Resolved(state, model.bundle());
        RESOLVED.put(model.toString(), known);
      }
      return known.bundle;
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
