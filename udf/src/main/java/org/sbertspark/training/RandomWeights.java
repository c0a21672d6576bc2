package org.sbertspark.training;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsWriter;

/**
 * The weights that a RoBERTa starts from, as transformers initialises them: normal with a standard
 * deviation of 0.02, layer norms 1 and 0, biases and the rows of the padding token 0.
 */
public final class RandomWeights {
  static final double STANDARD_DEVIATION = 0.02;

  private RandomWeights() {}

  /** Float32; equal shapes and seeds give equal weights, whatever order they are asked for in. */
  public static SafetensorsWriter of(RobertaShape shape, long seed) {
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    Map<String, long[]> tensors = shape.tensors();
    // No sentence embedding asks for it, but transformers warns where it is missing.
    tensors.put("pooler.dense.weight", new long[] {shape.hidden(), shape.hidden()});
    tensors.put("pooler.dense.bias", new long[] {shape.hidden()});
    tensors.forEach((name, sizes) -> writer.add(name, sizes, () -> values(name, sizes, seed)));
    return writer;
  }

  private static float[] values(String name, long[] sizes, long seed) {
    float[] values =
        new float[Math.toIntExact(Arrays.stream(sizes).reduce(1, Math::multiplyExact))];
    if (name.endsWith("LayerNorm.weight")) {
      Arrays.fill(values, 1);
    } else if (!name.endsWith(".bias")) {
      SplittableRandom random = RandomStream.of(seed, name.hashCode());
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (STANDARD_DEVIATION * random.nextGaussian());
      }
      if (name.equals(RobertaShape.WORDS) || name.equals(RobertaShape.POSITIONS)) {
        int row = (int) sizes[1];
        int padding = BytePairVocabulary.PAD * row;
        Arrays.fill(values, padding, padding + row, 0);
      }
    }
    return values;
  }
}
