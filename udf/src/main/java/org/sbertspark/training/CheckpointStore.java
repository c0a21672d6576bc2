package org.sbertspark.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where checkpoints outlive the process that trains. */
public interface CheckpointStore {

  /**
   * Keeps a copy of a local folder; older ones may be dropped once it is whole.
   *
   * @param step of the checkpoint
   */
  void save(long step, Path folder) throws IOException;

  /** Steps of the checkpoints that are there, the newest first; what was left half is removed. */
  List<Long> steps() throws IOException;

  /**
   * Fetches a checkpoint.
   *
   * @param step one of {@link #steps}
   * @param folder that does not exist yet
   */
  void fetch(long step, Path folder) throws IOException;

  /** Where that is, for messages. */
  @Override
  String toString();
}
