package org.sbertspark.torchscript;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A model ready to be written: its tensors once, and for each target a program over them.
 *
 * @param tensors the key of a tensor in the archive is its place in this list
 * @param programs at least {@link Target#PLAIN}
 */
public record CompiledModel(List<ArchiveTensor> tensors, Map<Target, Program> programs) {

  /**
   * A module tree for libtorch.
   *
   * @param code the text of all classes; the root is {@code SentenceEncoder} with {@code
   *     forward(ids: int64 [tokens], lengths: int64 [texts], skipped: int64 []) -> float32 [texts,
   *     dimension]}; {@code ids} are those of all texts, one text behind the other, nothing padded;
   *     texts of the same length should be neighbours, for they are computed together; {@code
   *     skipped} tokens at the start of each text are not pooled
   * @param pickle the module tree, which names tensors by their keys
   */
  public record Program(String code, byte[] pickle) {}

  public CompiledModel {
    tensors = List.copyOf(tensors);
    // In the targets' order: a bundle has the same bytes wherever it is made.
    programs = Collections.unmodifiableMap(new EnumMap<>(programs));
  }

  /** The number of weights. */
  public long parameters() {
    return tensors.stream().mapToLong(ArchiveTensor::elements).sum();
  }
}
