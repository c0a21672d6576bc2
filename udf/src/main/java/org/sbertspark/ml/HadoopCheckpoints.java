package org.sbertspark.ml;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sbertspark.training.CheckpointStore;

/** Checkpoints in a folder: {@code step-<number>}, the two newest of them. */
final class HadoopCheckpoints implements CheckpointStore {
  private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})");

  /** As {@link HadoopFolders#publish} calls what is not yet whole. */
  private static final Pattern PART = Pattern.compile("[.]step-\\d{1,18}-.*");

  /** The older one is for the moment in which the newer one is written. */
  private static final int KEPT = 2;

  private final Path root;
  private final Configuration hadoop;

  private record Found(long step, Path folder) {}

  HadoopCheckpoints(String root, Configuration hadoop) {
    this.root = new Path(root);
    this.hadoop = hadoop;
  }

  @Override
  public void save(long step, java.nio.file.Path folder) throws IOException {
    FileSystem files = root.getFileSystem(hadoop);
    Path target = new Path(root, "step-" + step);
    // Of an attempt that went on after its end was no longer waited for.
    files.delete(target, true);
    HadoopFolders.publish(folder, target, hadoop);
    List<Found> found = found(files);
    for (Found old : found.subList(0, Math.max(0, found.size() - KEPT))) {
      files.delete(old.folder, true);
    }
  }

  @Override
  public List<Long> steps() throws IOException {
    FileSystem files = root.getFileSystem(hadoop);
    List<Long> steps = new ArrayList<>();
    for (Found found : found(files)) {
      steps.add(0, found.step);
    }
    if (files.exists(root)) {
      for (FileStatus status : files.listStatus(root)) {
        if (PART.matcher(status.getPath().getName()).matches()) {
          files.delete(status.getPath(), true);
        }
      }
    }
    return steps;
  }

  @Override
  public void fetch(long step, java.nio.file.Path folder) throws IOException {
    FileSystem files = root.getFileSystem(hadoop);
    files.copyToLocalFile(false, new Path(root, "step-" + step), new Path(folder.toUri()), true);
  }

  /** Oldest first. */
  private List<Found> found(FileSystem files) throws IOException {
    List<Found> found = new ArrayList<>();
    try {
      for (FileStatus status : files.listStatus(root)) {
        Matcher name = NAME.matcher(status.getPath().getName());
        if (name.matches()) {
          found.add(new Found(Long.parseLong(name.group(1)), status.getPath()));
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    found.sort(Comparator.comparingLong(Found::step));
    return found;
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
