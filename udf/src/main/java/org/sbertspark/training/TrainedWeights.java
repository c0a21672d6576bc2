package org.sbertspark.training;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sbertspark.inference.TrainableEncoder;
import org.sbertspark.inference.TrainableEncoder.TrainedParameter;
import org.sbertspark.model.DType;
import org.sbertspark.model.Tensor;
import org.sbertspark.torchscript.TrainingProgram;

/** The weights of a trained model under the names that its base's files have for them. */
final class TrainedWeights implements TrainedTensors {
  private final Map<Key, Slice> slices = new HashMap<>();

  private record Key(String moduleFolder, String name) {}

  /**
   * @param begin of the tensor's bytes in the parameter's
   */
  private record Slice(TrainedParameter parameter, Tensor stored, long begin) {}

  /**
   * @param weightFolders folders of the modules that have weights, in the model's order, that of
   *     the encoder first
   */
  TrainedWeights(TrainableEncoder encoder, List<String> weightFolders) {
    List<String> prefixes =
        encoder.parameters().stream()
            .map(parameter -> parameter.path().substring(0, parameter.path().indexOf('.')))
            .distinct()
            .sorted(java.util.Comparator.comparingInt(TrainedWeights::place))
            .toList();
    for (TrainedParameter parameter : encoder.parameters()) {
      String prefix = parameter.path().substring(0, parameter.path().indexOf('.'));
      String folder = weightFolders.get(prefixes.indexOf(prefix));
      long begin = 0;
      for (Tensor stored : parameter.stored().parts()) {
        slices.put(new Key(folder, stored.name()), new Slice(parameter, stored, begin));
        begin += stored.elements() * Float.BYTES;
      }
    }
  }

  /** Where a module stands in the model; the encoder is the first. */
  private static int place(String prefix) {
    return prefix.equals(TrainingProgram.ENCODER)
        ? -1
        : Integer.parseInt(prefix.substring(TrainingProgram.MODULE.length()));
  }

  @Override
  public Optional<Tensor> tensor(String moduleFolder, String name) {
    return Optional.ofNullable(slices.get(new Key(moduleFolder, name))).map(TrainedWeights::read);
  }

  private static Tensor read(Slice slice) {
    ByteBuffer all = slice.parameter.values().toByteBuffer();
    int bytes = Math.toIntExact(slice.stored.elements() * Float.BYTES);
    return new Tensor(
        slice.stored.name(),
        DType.F32,
        slice.stored.shape(),
        all.slice(Math.toIntExact(all.position() + slice.begin), bytes));
  }
}
