package org.sbertspark.ml;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.sbertspark.inference.ModelBundle;

/**
 * Writes a stage: {@code metadata} with its Params, as Spark's own stages have it, and {@code
 * model/} with the bundle as its only file.
 */
final class SentenceEmbedderWriter extends DefaultParamsWriter {
  static final String MODEL_FOLDER = "model";

  private final SentenceEmbedder stage;

  SentenceEmbedderWriter(SentenceEmbedder stage) {
    super(stage);
    this.stage = stage;
  }

  @Override
  public void saveImpl(String path) {
    ModelBundle bundle = stage.resolveModel();
    super.saveImpl(path);
    Configuration hadoop = sparkSession().sessionState().newHadoopConf();
    Path target = new Path(new Path(path, MODEL_FOLDER), bundle.fileName());
    try {
      FileSystem files = target.getFileSystem(hadoop);
      files.copyFromLocalFile(new Path(bundle.file().toUri()), target);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot save the model to %s: %s".formatted(target, e.getMessage()), e);
    }
  }
}
