package org.sbertspark.job;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.FileStreamSource.FileEntry;
import org.apache.spark.sql.execution.streaming.FileStreamSourceLog;

/** The files that a stream has given, as Spark's checkpoint of it says. */
final class SeenFiles {
  /** Where a stream's first source keeps its log, below the stream's checkpoint. */
  private static final String LOG = "sources/0";

  private SeenFiles() {}

  /** Of these files those that were given and have changed since: they are not given again. */
  static List<Path> rewritten(SparkSession spark, Path checkpoint, List<FileStatus> files) {
    Map<String, Long> modified = new LinkedHashMap<>();
    FileStreamSourceLog log =
        new FileStreamSourceLog(
            FileStreamSourceLog.VERSION(), spark, new Path(checkpoint, LOG).toString());
    for (FileEntry entry : log.allFiles()) {
      modified.put(new Path(URI.create(entry.path())).toUri().getPath(), entry.timestamp());
    }
    return files.stream()
        .filter(
            file -> {
              Long then = modified.get(file.getPath().toUri().getPath());
              return then != null && then != file.getModificationTime();
            })
        .map(FileStatus::getPath)
        .toList();
  }
}
