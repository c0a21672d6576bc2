package org.sbertspark.ml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.BiFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.model.ModelException;

/**
 * Reads what {@link BundledStageWriter} wrote. The bundle is copied to this machine's cache and the
 * stage's model set to the copy, so that the saved stage may be overwritten or deleted.
 *
 * @param <S> the stage
 */
final class BundledStageReader<S> extends DefaultParamsReader<S> {
  private final BiFunction<S, String, S> setModel;

  /**
   * @param setModel of the stage
   */
  BundledStageReader(BiFunction<S, String, S> setModel) {
    this.setModel = setModel;
  }

  @Override
  public S load(String path) {
    S stage = super.load(path);
    Configuration hadoop = sparkSession().sessionState().newHadoopConf();
    Path folder = new Path(path, BundledStageWriter.MODEL_FOLDER);
    try {
      FileSystem files = folder.getFileSystem(hadoop);
      FileStatus[] bundles =
          files.listStatus(folder, file -> file.getName().endsWith(ModelBundle.FILE_SUFFIX));
      if (bundles.length != 1) {
        throw new ModelException(
            "Cannot load stage %s: %d %s files in %s, expected one"
                .formatted(path, bundles.length, ModelBundle.FILE_SUFFIX, folder));
      }
      ModelBundle bundle = DriverModels.resolve(bundles[0].getPath().toString(), hadoop);
      return setModel.apply(stage, bundle.file().toString());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot load stage %s: %s".formatted(path, e.getMessage()), e);
    }
  }
}
