package org.sbertspark.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where checkpoints outlive the process that trains. */
public interface CheckpointStore {

  /**
   * Keeps a copy of a local folder; older ones may be dropped once it is whole.
   *
   * @param step of the checkpoint
   */
  void save(long step, Path folder) throws IOException;

  /**
   * Fetches the newest whole checkpoint.
   *
   * @param folder that does not exist yet
   * @return its step; empty, and no folder, if there is none
   */
  Optional<Long> fetchNewest(Path folder) throws IOException;

  /** Where that is, for messages. */
  @Override
  String toString();
}
