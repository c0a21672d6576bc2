package org.sbertspark.ml;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sbertspark.inference.CacheFolder;
import org.sbertspark.inference.ModelBundle;

/**
 * A model folder or a bundle file on a file system that Hadoop knows. A location without a scheme
 * is local, whatever Hadoop's default file system is.
 *
 * <p>Of a folder, only what belongs to a model in the format of sentence-transformers is looked at:
 * a repository's history and the weights of other engines often are many times its size.
 */
final class ModelLocation {
  private static final Set<String> SUFFIXES = Set.of(".json", ".txt", ".model", ".safetensors");
  private static final Set<String> OTHER_ENGINES = Set.of("onnx", "openvino");

  private final Path root;
  private final FileSystem files;

  private ModelLocation(Path root, FileSystem files) {
    this.root = root;
    this.files = files;
  }

  static ModelLocation of(String location, Configuration hadoop) throws IOException {
    if (location.contains("://") || location.startsWith("file:")) {
      Path path = new Path(location);
      FileSystem files = path.getFileSystem(hadoop);
      return isLocal(files)
          ? local(new File(path.toUri().getPath()))
          : new ModelLocation(path, files);
    }
    return local(new File(location));
  }

  private static ModelLocation local(File file) throws IOException {
    // The raw one: no checksum files beside what is read.
    FileSystem files = FileSystem.getLocal(new Configuration(false)).getRawFileSystem();
    return new ModelLocation(new Path(file.getAbsoluteFile().toURI()), files);
  }

  private static boolean isLocal(FileSystem files) {
    return files.getScheme().equals("file");
  }

  /**
   * The names, sizes and modification times of the model's files: equal for an unchanged model.
   *
   * @throws java.io.FileNotFoundException if there is nothing at the location
   */
  String state() throws IOException {
    return modelFiles().stream()
        .map(file -> "%s %d %d".formatted(name(file), file.getLen(), file.getModificationTime()))
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  /** The model's bundle; a remote model is copied to this machine first. */
  ModelBundle bundle() throws IOException {
    boolean folder = files.getFileStatus(root).isDirectory();
    if (isLocal(files)) {
      java.nio.file.Path path = new File(root.toUri().getPath()).toPath();
      return folder ? ModelBundle.of(path) : ModelBundle.open(path);
    }
    return folder ? compiledCopy() : localCopy(files, root);
  }

  /** A copy of a bundle file in this machine's cache, under its own name. */
  static ModelBundle localCopy(FileSystem files, Path file) throws IOException {
    java.nio.file.Path download = Files.createTempDirectory(CacheFolder.get(), "download-");
    try {
      java.nio.file.Path copy = download.resolve(file.getName());
      files.copyToLocalFile(false, file, new Path(copy.toUri()), true);
      java.nio.file.Path cached = CacheFolder.get().resolve(ModelBundle.open(copy).fileName());
      Files.move(copy, cached, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return ModelBundle.open(cached);
    } finally {
      deleteTree(download);
    }
  }

  private ModelBundle compiledCopy() throws IOException {
    java.nio.file.Path download = Files.createTempDirectory(CacheFolder.get(), "download-");
    try {
      for (FileStatus file : modelFiles()) {
        java.nio.file.Path copy = download.resolve(name(file));
        Files.createDirectories(copy.getParent());
        files.copyToLocalFile(false, file.getPath(), new Path(copy.toUri()), true);
      }
      return ModelBundle.of(download);
    } finally {
      deleteTree(download);
    }
  }

  /** The name below the root, of a file that is the root itself its own name. */
  private String name(FileStatus file) {
    Path parent = file.getPath().getParent();
    boolean inSubfolder = !parent.toUri().getPath().equals(root.toUri().getPath());
    return inSubfolder && !isRoot(file)
        ? parent.getName() + "/" + file.getPath().getName()
        : file.getPath().getName();
  }

  private boolean isRoot(FileStatus file) {
    return file.getPath().toUri().getPath().equals(root.toUri().getPath());
  }

  /** The files of the model: in the root and in the folders of its modules, which lie one below. */
  private List<FileStatus> modelFiles() throws IOException {
    FileStatus status = files.getFileStatus(root);
    if (status.isFile()) {
      return List.of(status);
    }
    List<FileStatus> found = new ArrayList<>();
    for (FileStatus entry : addFiles(root, found)) {
      String name = entry.getPath().getName();
      if (!name.startsWith(".") && !OTHER_ENGINES.contains(name)) {
        addFiles(entry.getPath(), found);
      }
    }
    return found;
  }

  /** Adds the model's files in this folder, and gives its subfolders. */
  private List<FileStatus> addFiles(Path folder, List<FileStatus> found) throws IOException {
    FileStatus[] entries = files.listStatus(folder);
    boolean safetensors =
        Stream.of(entries).anyMatch(e -> e.getPath().getName().endsWith(".safetensors"));
    List<FileStatus> subfolders = new ArrayList<>();
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      boolean checkpoint =
          !safetensors && name.startsWith("pytorch_model") && name.endsWith(".bin");
      if (entry.isDirectory()) {
        subfolders.add(entry);
      } else if (checkpoint || SUFFIXES.stream().anyMatch(name::endsWith)) {
        found.add(entry);
      }
    }
    return subfolders;
  }

  private static void deleteTree(java.nio.file.Path folder) throws IOException {
    try (Stream<java.nio.file.Path> tree = Files.walk(folder)) {
      for (java.nio.file.Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
