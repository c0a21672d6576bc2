package org.sbertspark.model.hub;

/** Hears of a download's progress, in the thread that fetches, about once a mebibyte. */
@FunctionalInterface
public interface Progress {

  /** Hears nothing. */
  Progress NONE = (file, doneBytes, totalBytes) -> {};

  /**
   * A file came farther.
   *
   * @param file in the repository
   * @param doneBytes what is here, those of an earlier, interrupted download included; falls when
   *     the download has to start over
   * @param totalBytes of the file, negative if the hub does not say
   */
  void update(String file, long doneBytes, long totalBytes);
}
