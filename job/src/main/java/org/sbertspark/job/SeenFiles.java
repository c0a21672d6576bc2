package org.sbertspark.job;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.execution.streaming.FileStreamSource.FileEntry;
import org.apache.spark.sql.execution.streaming.FileStreamSourceLog;
import org.apache.spark.sql.execution.streaming.FileStreamSourceOffset;
import org.apache.spark.sql.execution.streaming.OffsetSeqLog;
import org.apache.spark.sql.execution.streaming.SerializedOffset;

/** The files that a stream has given, as Spark's checkpoint of it says. */
final class SeenFiles {
  /** Below the stream's checkpoint: up to which entry of the source's log each batch goes. */
  private static final String OFFSETS = "offsets";

  /** Where a stream's first source keeps its log, below the stream's checkpoint. */
  private static final String LOG = "sources/0";

  private SeenFiles() {}

  /**
   * Of these files those that were embedded and have changed since: they are not given again. A
   * file of a later batch, which was given to a run that died, is read as it is now.
   *
   * @param lastBatch the last one that is done
   */
  static List<Path> rewritten(
      SparkSession spark, Path checkpoint, long lastBatch, List<FileStatus> files) {
    long lastEntry = lastEntry(spark, checkpoint, lastBatch);
    Map<String, Long> modified = new LinkedHashMap<>();
    FileStreamSourceLog log =
        new FileStreamSourceLog(
            FileStreamSourceLog.VERSION(), spark, new Path(checkpoint, LOG).toString());
    for (FileEntry entry : log.allFiles()) {
      if (entry.batchId() <= lastEntry) {
        modified.put(new Path(URI.create(entry.path())).toUri().getPath(), entry.timestamp());
      }
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

  private static long lastEntry(SparkSession spark, Path checkpoint, long batch) {
    OffsetSeqLog log = new OffsetSeqLog(spark, new Path(checkpoint, OFFSETS).toString());
    Offset offset = log.get(batch).get().offsets().head().get();
    return FileStreamSourceOffset.apply(new SerializedOffset(offset.json())).logOffset();
  }
}
