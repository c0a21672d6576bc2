package org.sbertspark.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The weights of a module's folder, whatever files they are in.
 *
 * @param weights of all files
 * @param files which were read
 */
record WeightFiles(Weights weights, List<Path> files) implements Weights {
  private static final String SAFETENSORS = "model.safetensors";
  private static final String CHECKPOINT = "pytorch_model.bin";
  private static final String INDEX = ".index.json";

  private static final byte[] LFS_POINTER =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  WeightFiles {
    files = List.copyOf(files);
  }

  /** Prefers safetensors, which cannot hold code, and a whole file to one in parts. */
  static WeightFiles open(Path folder) {
    Path safetensors = folder.resolve(SAFETENSORS);
    if (Files.isRegularFile(safetensors)) {
      refuseLfsPointer(safetensors);
      return new WeightFiles(SafetensorsFile.open(safetensors), List.of(safetensors));
    }
    Path index = folder.resolve(SAFETENSORS + INDEX);
    if (Files.isRegularFile(index)) {
      return sharded(ShardedWeights.open(index, SafetensorsFile::open));
    }
    Path checkpoint = folder.resolve(CHECKPOINT);
    if (Files.isRegularFile(checkpoint)) {
      refuseLfsPointer(checkpoint);
      return new WeightFiles(CheckpointFile.open(checkpoint), List.of(checkpoint));
    }
    index = folder.resolve(CHECKPOINT + INDEX);
    if (Files.isRegularFile(index)) {
      return sharded(ShardedWeights.open(index, CheckpointFile::open));
    }
    throw new ModelException(
        "Cannot find weights in %s: expected %s or %s, whole or in parts with %s"
            .formatted(folder, SAFETENSORS, CHECKPOINT, INDEX));
  }

  /** What a clone without Git LFS holds in place of a large file. */
  private static void refuseLfsPointer(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      if (Arrays.equals(in.readNBytes(LFS_POINTER.length), LFS_POINTER)) {
        throw new ModelException(
            "Cannot read weights from %s: it is a Git LFS pointer, not the file: run git lfs pull"
                .formatted(file));
      }
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static WeightFiles sharded(ShardedWeights weights) {
    return new WeightFiles(weights, weights.files());
  }

  @Override
  public String format() {
    return weights.format();
  }

  @Override
  public Set<String> names() {
    return weights.names();
  }

  @Override
  public Tensor get(String name) {
    return weights.get(name);
  }
}
