package org.sbertspark.ml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.sbertspark.inference.ModelBundle;

/**
 * Writes a stage with its model: {@code metadata} with its Params, as Spark's own stages have it,
 * and {@code model/} with the bundle as its only file.
 */
final class BundledStageWriter extends DefaultParamsWriter {
  static final String MODEL_FOLDER = "model";

  private final Supplier<ModelBundle> model;

  /**
   * @param model of the stage
   */
  BundledStageWriter(Params stage, Supplier<ModelBundle> model) {
    super(stage);
    this.model = model;
  }

  @Override
  public void saveImpl(String path) {
    ModelBundle bundle = model.get();
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
