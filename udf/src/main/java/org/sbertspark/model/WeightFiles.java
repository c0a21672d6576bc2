package org.sbertspark.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The weights of a module's folder, whatever files they are in.
 *
 * @param weights of all files
 * @param files which were read
 */
record WeightFiles(Weights weights, List<Path> files) implements Weights {

  static WeightFiles open(Path folder) {
    Path safetensors = folder.resolve("model.safetensors");
    if (Files.isRegularFile(safetensors)) {
      return new WeightFiles(SafetensorsFile.open(safetensors), List.of(safetensors));
    }
    throw new ModelException("Cannot load model " + folder + ": it has no model.safetensors");
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
