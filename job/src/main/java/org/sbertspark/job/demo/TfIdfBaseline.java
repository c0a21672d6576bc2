package org.sbertspark.job.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.sbertspark.evaluation.ClusteringMetrics;

/** What clusters look like without any model: words counted, rare ones weighing more. */
public final class TfIdfBaseline {

  /** Words of two letters or digits at least, as scikit-learn's TfidfVectorizer cuts them. */
  private static final Pattern WORD =
      Pattern.compile("\\b\\w\\w+\\b", Pattern.UNICODE_CHARACTER_CLASS);

  private static final int SEEDS = 10;

  private TfIdfBaseline() {}

  /**
   * The TF-IDF vectors of texts: counts times {@code ln((1 + texts) / (1 + texts with the word)) +
   * 1}, of length 1 (or 0 where there is no word).
   *
   * @return {@code [texts][words]}; words in the order in which they are first seen
   */
  public static float[][] vectors(List<String> texts) {
    Map<String, Integer> vocabulary = new HashMap<>();
    List<int[]> documents = new ArrayList<>();
    for (String text : texts) {
      documents.add(
          WORD.matcher(text.toLowerCase(Locale.ROOT))
              .results()
              .mapToInt(
                  word -> {
                    Integer known = vocabulary.putIfAbsent(word.group(), vocabulary.size());
                    return known == null ? vocabulary.size() - 1 : known;
                  })
              .toArray());
    }
    double[] idf = inverseDocumentFrequencies(documents, vocabulary.size());
    return documents.stream().map(document -> vector(document, idf)).toArray(float[][]::new);
  }

  /**
   * The V-measure of spherical k-means over {@link #vectors}: the mean over ten fixed seeds.
   *
   * @param truth the class of each text; k is the number of distinct ones
   */
  public static double vMeasure(List<String> texts, int[] truth) {
    float[][] vectors = vectors(texts);
    int k = (int) Arrays.stream(truth).distinct().count();
    double sum = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      sum += ClusteringMetrics.vMeasure(truth, SphericalKMeans.cluster(vectors, k, seed));
    }
    return sum / SEEDS;
  }

  private static double[] inverseDocumentFrequencies(List<int[]> documents, int words) {
    int[] documentsWith = new int[words];
    for (int[] document : documents) {
      Arrays.stream(document).distinct().forEach(word -> documentsWith[word]++);
    }
    double[] idf = new double[words];
    for (int w = 0; w < words; w++) {
      idf[w] = Math.log((1.0 + documents.size()) / (1.0 + documentsWith[w])) + 1;
    }
    return idf;
  }

  private static float[] vector(int[] document, double[] idf) {
    double[] weights = new double[idf.length];
    for (int word : document) {
      weights[word] += idf[word];
    }
    double squares = 0;
    for (double weight : weights) {
      squares += weight * weight;
    }
    float[] vector = new float[idf.length];
    double norm = Math.sqrt(squares);
    for (int w = 0; w < vector.length && norm > 0; w++) {
      vector[w] = (float) (weights[w] / norm);
    }
    return vector;
  }
}
