package org.sbertspark.ml;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
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
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ServingFolder;
import org.sbertspark.model.hub.HubId;

/**
 * A model folder or a bundle file on a file system that Hadoop knows. A path without a scheme is
 * local, whatever Hadoop's default file system is.
 *
 * <p>Of a folder, only what belongs to a model in the format of sentence-transformers is looked at:
 * a repository's history and the weights of other engines often are many times its size.
 */
final class ModelLocation {
  private static final Set<String> SUFFIXES = Set.of(".json", ".txt", ".model", ".safetensors");
  private static final Set<String> OTHER_ENGINES = Set.of("onnx", "openvino");

  /** Two letters at least: one would be a drive. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/");

  /**
   * @param name relative to the model's folder; of a bundle file its own name
   */
  private record ModelFile(String name, FileStatus status) {
    String state() {
      return "%s %d %d".formatted(name, status.getLen(), status.getModificationTime());
    }
  }

  private final Path root;
  private final FileSystem files;

  /** What the model is called in messages. */
  private final String name;

  private ModelLocation(Path root, FileSystem files, String name) {
    this.root = root;
    this.files = files;
    this.name = name;
  }

  /**
   * Whether the location can only be a model on the hub: no address, no bundle file, nothing that
   * is there.
   */
  static boolean isHubId(String location) {
    return HubId.looksLikeHubId(location)
        && !location.endsWith(ModelBundle.FILE_SUFFIX)
        && !new File(location).exists();
  }

  static ModelLocation of(String location, Configuration hadoop) throws IOException {
    if (SCHEME.matcher(location).lookingAt()) {
      Path path = new Path(location);
      FileSystem files = path.getFileSystem(hadoop);
      return isLocal(files)
          ? local(new File(path.toUri().getPath()))
          : new ModelLocation(path, files, named(path));
    }
    return local(new File(location));
  }

  /** A folder of this machine, with a model that has another name than it. */
  static ModelLocation ofFolder(java.nio.file.Path folder, String name) throws IOException {
    return local(folder.toFile(), name);
  }

  private static ModelLocation local(File file) throws IOException {
    return local(file, named(new Path(file.toPath().toAbsolutePath().normalize().toString())));
  }

  private static String named(Path path) {
    return path.getName().isEmpty() ? "model" : path.getName();
  }

  private static ModelLocation local(File file, String name) throws IOException {
    // The raw one: no checksum files beside what is read.
    FileSystem files = FileSystem.getLocal(new Configuration(false)).getRawFileSystem();
    return new ModelLocation(new Path(file.getAbsoluteFile().toURI()), files, name);
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
    return modelFiles().stream().map(ModelFile::state).sorted().collect(Collectors.joining("\n"));
  }

  /** The model's bundle, in this machine's cache under its own name. */
  ModelBundle bundle() throws IOException {
    return read(
        model ->
            Files.isDirectory(model)
                ? ModelBundle.of(model, name)
                : ModelBundle.open(model).inCache());
  }

  /** What the model is; makes no bundle. */
  ModelDescription describe() throws IOException {
    return read(
        model ->
            Files.isDirectory(model)
                ? ModelBundle.describe(model).withName(name)
                : ModelBundle.describe(model));
  }

  /**
   * What a task makes of the model's local folder.
   *
   * @throws ModelException if it is none
   */
  <T> T withFolder(Function<java.nio.file.Path, T> task) throws IOException {
    return read(
        model -> {
          if (!Files.isDirectory(model)) {
            throw new ModelException(
                "Model %s is a bundle, expected the sentence-transformers folder that it was made of"
                    .formatted(root));
          }
          return task.apply(model);
        });
  }

  /**
   * What a reader makes of the model's local folder or bundle file; a remote model is copied to
   * this machine for as long as that takes.
   */
  private <T> T read(Function<java.nio.file.Path, T> reader) throws IOException {
    boolean folder = files.getFileStatus(root).isDirectory();
    if (isLocal(files)) {
      return reader.apply(new File(root.toUri().getPath()).toPath());
    }
    java.nio.file.Path download = Files.createTempDirectory(CacheFolder.get(), "download-");
    try {
      // Under its own name, for messages.
      java.nio.file.Path copy = Files.createDirectory(download.resolve(name));
      for (ModelFile file : modelFiles()) {
        java.nio.file.Path target = copy.resolve(file.name);
        Files.createDirectories(target.getParent());
        files.copyToLocalFile(false, file.status.getPath(), new Path(target.toUri()), true);
      }
      return reader.apply(folder ? copy : copy.resolve(root.getName()));
    } catch (ModelException e) {
      // It names files of the copy, which the user has never heard of.
      throw new ModelException("Model %s: %s".formatted(root, e.getMessage()), e);
    } finally {
      FileUtil.fullyDelete(download.toFile());
    }
  }

  /** The files of the model: in the root and in the folders of its modules, which lie one below. */
  private List<ModelFile> modelFiles() throws IOException {
    FileStatus status = files.getFileStatus(root);
    if (status.isFile()) {
      return List.of(new ModelFile(root.getName(), status));
    }
    List<ModelFile> found = new ArrayList<>();
    for (FileStatus module : addFiles("", root, found)) {
      String name = module.getPath().getName();
      if (!name.startsWith(".") && !OTHER_ENGINES.contains(name)) {
        addFiles(name + "/", module.getPath(), found);
      }
    }
    return found;
  }

  /** Adds the model's files in this folder, and gives its subfolders. */
  private List<FileStatus> addFiles(String prefix, Path folder, List<ModelFile> found)
      throws IOException {
    FileStatus[] entries = files.listStatus(folder);
    boolean safetensors =
        Stream.of(entries).anyMatch(e -> e.getPath().getName().endsWith(".safetensors"));
    boolean serving =
        Stream.of(entries).anyMatch(e -> e.getPath().getName().equals(ServingFolder.PROPERTIES));
    List<FileStatus> subfolders = new ArrayList<>();
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      boolean checkpoint =
          !safetensors && name.startsWith("pytorch_model") && name.endsWith(".bin");
      if (entry.isDirectory()) {
        subfolders.add(entry);
      } else if (checkpoint
          || (serving && isServed(name))
          || SUFFIXES.stream().anyMatch(name::endsWith)) {
        found.add(new ModelFile(prefix + name, entry));
      }
    }
    return subfolders;
  }

  private static boolean isServed(String name) {
    return name.equals(ServingFolder.PROPERTIES) || name.endsWith(ServingFolder.ARCHIVE_SUFFIX);
  }

  /** The address of the folder or file. */
  @Override
  public String toString() {
    return root.toString();
  }
}
