package org.sbertspark.model;

import java.util.Set;

/**
 * The named tensors of one checkpoint. Implementations map files into memory and keep nothing on
 * the heap but the table of contents; the mappings live as long as their tensors are reachable.
 * Thread-safe: nothing changes after the file was opened.
 */
public interface Weights {

  /** What the files are, for people: {@code safetensors}, say. */
  String format();

  /** All names, in the file's order. */
  Set<String> names();

  /**
   * The tensor of this name.
   *
   * @throws ModelException if there is none, naming the file
   */
  Tensor get(String name);

  default boolean has(String name) {
    return names().contains(name);
  }
}
