package org.sbertspark.ml;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
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

  /** Two letters at least: one would be a drive. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/");

  private final Path root;
  private final FileSystem files;

  private ModelLocation(Path root, FileSystem files) {
    this.root = root;
    this.files = files;
  }

  static ModelLocation of(String location, Configuration hadoop) throws IOException {
    if (SCHEME.matcher(location).lookingAt()) {
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
    return files.getUri().getScheme().equals("file");
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

  /**
   * The model's bundle, in this machine's cache under its own name; a remote model is copied to
   * this machine first.
   */
  ModelBundle bundle() throws IOException {
    boolean folder = files.getFileStatus(root).isDirectory();
    if (isLocal(files)) {
      java.nio.file.Path path = new File(root.toUri().getPath()).toPath();
      return folder ? ModelBundle.of(path) : ModelBundle.open(path).inCache();
    }
    java.nio.file.Path download = Files.createTempDirectory(CacheFolder.get(), "download-");
    try {
      // Under its own name, which messages will have.
      java.nio.file.Path copy = Files.createDirectory(download.resolve(root.getName()));
      for (FileStatus file : modelFiles()) {
        java.nio.file.Path target = copy.resolve(name(file));
        Files.createDirectories(target.getParent());
        files.copyToLocalFile(false, file.getPath(), new Path(target.toUri()), true);
      }
      return folder
          ? ModelBundle.of(copy)
          : ModelBundle.open(copy.resolve(root.getName())).inCache();
    } finally {
      FileUtil.fullyDelete(download.toFile());
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
}
