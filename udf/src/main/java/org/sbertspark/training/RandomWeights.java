package org.sbertspark.training;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.sbertspark.model.DType;
import org.sbertspark.model.SafetensorsWriter;

/**
 * The weights that a RoBERTa starts from: normal with a standard deviation of 0.02, layer norms 1
 * and 0, biases and the rows of the padding token 0, as transformers initialises them, but for what
 * lets the mean of a text's states compare texts from the first step on:
 *
 * <ul>
 *   <li>Words have a tenth of that deviation. The norm behind them makes up for it, and a step of
 *       AdamW, which is as long for all weights, moves them ten times as far.
 *   <li>Positions have a hundredth of it, and the token type is 0: otherwise two thirds of a
 *       token's first state would be its place and its type, which say nothing of the text.
 *   <li>The last norm's weights fall from 1 to 0 over the components. All states leave a norm
 *       equally long, so all tokens would count the same; a token that lies in the last components
 *       counts little.
 * </ul>
 */
public final class RandomWeights {
  static final double STANDARD_DEVIATION = 0.02;
  private static final double OF_WORDS = STANDARD_DEVIATION / 10;
  private static final double OF_POSITIONS = OF_WORDS / 10;

  private RandomWeights() {}

  /** Float32; equal shapes and seeds give equal weights, whatever order they are asked for in. */
  public static SafetensorsWriter of(RobertaShape shape, long seed) {
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    Map<String, long[]> tensors = shape.tensors();
    // No sentence embedding asks for it, but transformers warns where it is missing.
    tensors.put("pooler.dense.weight", new long[] {shape.hidden(), shape.hidden()});
    tensors.put("pooler.dense.bias", new long[] {shape.hidden()});
    tensors.forEach(
        (name, sizes) -> writer.add(name, sizes, () -> values(shape, name, sizes, seed)));
    return writer;
  }

  private static float[] values(RobertaShape shape, String name, long[] sizes, long seed) {
    float[] values =
        new float[Math.toIntExact(Arrays.stream(sizes).reduce(1, Math::multiplyExact))];
    if (name.equals(shape.lastNorm() + ".weight")) {
      for (int i = 0; i < values.length; i++) {
        values[i] = 1 - i / (float) values.length;
      }
    } else if (name.endsWith("LayerNorm.weight")) {
      Arrays.fill(values, 1);
    } else if (!name.endsWith(".bias") && !name.equals(RobertaShape.TOKEN_TYPES)) {
      double deviation =
          switch (name) {
            case RobertaShape.WORDS -> OF_WORDS;
            case RobertaShape.POSITIONS -> OF_POSITIONS;
            default -> STANDARD_DEVIATION;
          };
      SplittableRandom random = RandomStream.of(seed, name.hashCode());
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
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
