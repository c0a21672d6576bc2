package org.sbertspark.torchscript;

import java.util.List;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.EncoderFamily.TensorNames;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.Tensor;
import org.sbertspark.model.Weights;

/**
 * The encoder's tensors by their role: finds the prefix that the checkpoint's names carry ({@code
 * roberta.}, {@code 0.auto_model.} or none), checks every shape against config.json, and knows the
 * old names {@code gamma} and {@code beta}.
 */
final class EncoderTensors {
  private final Weights weights;
  private final TensorNames names;
  private final String prefix;

  EncoderTensors(EncoderConfig config, Weights weights) {
    this.weights = weights;
    this.names = config.family().tensors();
    this.prefix = names.prefix(weights);
  }

  /** {@code [rows, columns]} of an embedding table. */
  ArchiveTensor table(String name, long rows, long columns) {
    return ArchiveTensor.of(get(name + ".weight").requireShape(rows, columns));
  }

  /** {@code [outputs, inputs]} of a linear map. */
  ArchiveTensor weight(String name, long outputs, long inputs) {
    return ArchiveTensor.of(get(name + ".weight").requireShape(outputs, inputs));
  }

  ArchiveTensor bias(String name, long size) {
    return ArchiveTensor.of(get(name + ".bias").requireShape(size));
  }

  ArchiveTensor normWeight(String name, long size) {
    return ArchiveTensor.of(either(name + ".weight", name + ".gamma").requireShape(size));
  }

  ArchiveTensor normBias(String name, long size) {
    return ArchiveTensor.of(either(name + ".bias", name + ".beta").requireShape(size));
  }

  /** Square maps below each other, such as query, key and value: one product instead of three. */
  ArchiveTensor joinedWeight(String layer, List<String> maps, long hidden) {
    return ArchiveTensor.of(
        maps.stream()
            .map(map -> get(layer + map + ".weight").requireShape(hidden, hidden))
            .toArray(Tensor[]::new));
  }

  /** The biases of such maps. */
  ArchiveTensor joinedBias(String layer, List<String> maps, long hidden) {
    return ArchiveTensor.of(
        maps.stream()
            .map(map -> get(layer + map + ".bias").requireShape(hidden))
            .toArray(Tensor[]::new));
  }

  /** The names of a layer's tensors begin with this. */
  String layer(int layer) {
    return names.layer().replace("{layer}", Integer.toString(layer));
  }

  /** The rows of a table whose number config.json does not say. */
  long rows(String name) {
    Tensor table = get(name + ".weight");
    if (table.shape().size() != 2 || table.shape().get(0) < 1) {
      throw new ModelException(
          "Tensor %s has shape %s, expected [rows, columns]".formatted(name, table.shape()));
    }
    return table.shape().get(0);
  }

  /** Whether there is a linear map of this name; null is the name of none. */
  boolean hasWeight(String name) {
    return name != null && weights.has(prefix + name + ".weight");
  }

  private Tensor either(String name, String oldName) {
    return weights.has(prefix + oldName) && !weights.has(prefix + name) ? get(oldName) : get(name);
  }

  private Tensor get(String name) {
    return weights.get(prefix + name);
  }
}
