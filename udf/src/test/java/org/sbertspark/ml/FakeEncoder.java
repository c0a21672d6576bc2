package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.List;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.SentenceEncoder;

/** The vector of a text is its length and its hash; a token is a character. */
class FakeEncoder implements SentenceEncoder {
  final List<List<String>> calls = new ArrayList<>();
  int closings;

  static float[] vector(String text) {
    return new float[] {text.length(), text.hashCode()};
  }

  @Override
  public int dimension() {
    return 2;
  }

  @Override
  public EncodedTexts encode(List<String> texts) {
    if (closings > 0) {
      throw new IllegalStateException("closed");
    }
    calls.add(List.copyOf(texts));
    float[][] vectors = texts.stream().map(FakeEncoder::vector).toArray(float[][]::new);
    int[] tokens = texts.stream().mapToInt(String::length).toArray();
    long sum = texts.stream().mapToLong(String::length).sum();
    EncodingStats stats = new EncodingStats(texts.size(), 0, 0, sum, sum, sum, 1);
    return new EncodedTexts(vectors, tokens, new boolean[tokens.length], stats);
  }

  @Override
  public void close() {
    closings++;
  }
}
