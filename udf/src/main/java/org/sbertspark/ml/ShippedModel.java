package org.sbertspark.ml;

import java.io.Serializable;
import java.nio.file.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;

/**
 * A bundle that every executor can read, and how to encode with it; small, for closures.
 *
 * @param fileName the name under which Spark ships the file
 * @param driverFile the driver's own copy, where executors share its file system (local mode); null
 *     elsewhere
 */
record ShippedModel(String fileName, String driverFile, EncodingSettings settings)
    implements Serializable {

  /** Makes the bundle readable for every executor. */
  static ShippedModel ship(SparkContext spark, ModelBundle bundle, EncodingSettings settings) {
    String driverFile = null;
    if (spark.isLocal()) {
      driverFile = bundle.file().toString();
    } else {
      addFile(spark, bundle);
    }
    return new ShippedModel(bundle.fileName(), driverFile, settings);
  }

  /** Hands the bundle to Spark's file server, unless this application has done so before. */
  static void addFile(SparkContext spark, ModelBundle bundle) {
    if (!spark.listFiles().exists(url -> url.endsWith("/" + bundle.fileName()))) {
      spark.addFile(bundle.file().toString());
    }
  }

  /** A new encoder of this JVM's shared model; the caller closes it. */
  SentenceEncoder openEncoder() {
    Path file = Path.of(driverFile == null ? SparkFiles.get(fileName) : driverFile);
    TaskContext task = TaskContext.get();
    int cpus = task == null ? 1 : task.cpus();
    return SharedModels.encoder(
        file, settings.options(cpus, TaskDevice.of(task, settings.device())));
  }
}
