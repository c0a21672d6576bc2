package org.sbertspark.job;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.PipelineModel;

/** Where {@code --save-model} puts a pipeline: all of it or nothing. */
final class SavedModel {
  private final String given;
  private final FileSystem files;
  private final Path folder;

  private SavedModel(String given, FileSystem files, Path folder) {
    this.given = given;
    this.files = files;
    this.folder = folder;
  }

  /**
   * Checks the place before any work is done.
   *
   * @throws JobException if it exists
   */
  static SavedModel prepare(String given, Configuration hadoop) {
    try {
      Path path = new Path(given);
      FileSystem files = path.getFileSystem(hadoop);
      if (files.exists(path)) {
        throw new JobException(
            "Cannot save the model to %s: it exists; choose another --save-model".formatted(given));
      }
      return new SavedModel(given, files, files.makeQualified(path));
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot save the model to %s: %s".formatted(given, e.getMessage()), e);
    }
  }

  /** Writes the model beside its place, and moves it there when it is whole. */
  void write(PipelineModel model) {
    Path temporary = Siblings.of(folder, "new");
    try {
      try {
        model.write().save(temporary.toString());
        Siblings.replace(files, temporary, folder);
      } finally {
        files.delete(temporary, true);
      }
    } catch (IOException e) {
      throw new JobException("Cannot save the model to %s: %s".formatted(given, e.getMessage()), e);
    }
  }
}
