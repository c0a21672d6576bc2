package org.sbertspark.job.demo;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.sbertspark.training.BytePairVocabulary;

/**
 * Learns a vector for every token, such that tokens used in the same texts lie together and common
 * ones are short: latent semantic analysis with smooth inverse frequency weights.
 *
 * <p>Tokens are treated by their form, so {@code Parcel} at the start of a text and {@code parcel}
 * after a space share a vector. A text contains a form wherever it stands, also inside a longer
 * token: {@code headphone} learns from {@code headphones}, pieces of unseen words learn from the
 * words that they come from, and a piece that is part of everything is rightly seen as common.
 *
 * @see <a href="https://en.wikipedia.org/wiki/Latent_semantic_analysis">latent semantic analysis
 *     (Deerwester et al. 1990)</a>
 * @see <a href="https://openreview.net/forum?id=SyK00v5xx">smooth inverse frequency (Arora et al.
 *     2017)</a>
 */
final class TokenVectors {

  /**
   * How often a form stands in the texts, as a share of all tokens, where its weight is one half.
   */
  private static final double HALF_WEIGHT_SHARE = 1e-3;

  /** The length of {@code <s>} as a share of the longest vector: too little to be felt by words. */
  private static final double START_LENGTH = 0.05;

  /** For each token id its form. */
  private final int[] forms;

  /** For each token id its form and those of all tokens that it was merged from, each once. */
  private final int[][] formsWithin;

  private final int formCount;

  private TokenVectors(BytePairVocabulary vocabulary) {
    Map<String, Integer> numbers = new HashMap<>();
    forms =
        vocabulary.tokens().stream()
            .mapToInt(token -> numbers.computeIfAbsent(form(token), form -> numbers.size()))
            .toArray();
    formCount = numbers.size();
    formsWithin = new int[forms.length][];
    for (int id = 0; id < forms.length; id++) {
      // Parts are older than the token, so theirs are known.
      IntStream inside =
          vocabulary.parts(id).stream().flatMapToInt(part -> Arrays.stream(formsWithin[part]));
      formsWithin[id] = IntStream.concat(IntStream.of(forms[id]), inside).distinct().toArray();
    }
  }

  /**
   * The vectors of all tokens.
   *
   * @param dimension of the vectors, at most the number of texts; the last one belongs to {@code
   *     <s>} alone, so that a text without any known word has a direction
   * @return {@code [tokens][dimension]}, in the order of the ids
   */
  static double[][] learn(BytePairVocabulary vocabulary, List<String> texts, int dimension) {
    TokenVectors tokens = new TokenVectors(vocabulary);
    double[][] vectors =
        tokens.learn(texts.stream().map(vocabulary::encode).toList(), dimension - 1);
    double longest =
        Math.sqrt(Arrays.stream(vectors).mapToDouble(TokenVectors::squares).max().orElseThrow());
    double[][] result = new double[vectors.length][];
    for (int id = 0; id < result.length; id++) {
      result[id] = Arrays.copyOf(vectors[id], dimension);
    }
    result[BytePairVocabulary.BOS][dimension - 1] = START_LENGTH * longest;
    return result;
  }

  private double[][] learn(List<int[]> texts, int dimension) {
    double[] weights = weights(texts);
    SparseMatrix matrix = matrix(texts, weights);
    double[][] textVectors = DominantSubspace.of(matrix, dimension);
    double[][] formVectors = matrix.transposedTimes(textVectors);
    return Arrays.stream(forms)
        .mapToObj(f -> Arrays.stream(formVectors[f]).map(x -> x * weights[f]).toArray())
        .toArray(double[][]::new);
  }

  /** Without the leading space, in lower case. Beyond ASCII these are bytes, which have no case. */
  private static String form(String token) {
    StringBuilder form = new StringBuilder(token);
    if (form.length() > 1 && form.charAt(0) == 'Ġ') {
      form.deleteCharAt(0);
    }
    for (int i = 0; i < form.length(); i++) {
      char c = form.charAt(i);
      form.setCharAt(i, c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return form.toString();
  }

  /** From 1 (rare) towards 0 (everywhere). */
  private double[] weights(List<int[]> texts) {
    double[] counts = new double[formCount];
    double tokens = 0;
    for (int[] text : texts) {
      tokens += text.length;
      for (int id : text) {
        for (int form : formsWithin[id]) {
          counts[form]++;
        }
      }
    }
    double half = HALF_WEIGHT_SHARE * tokens;
    return Arrays.stream(counts).map(count -> half / (half + count)).toArray();
  }

  /** The texts as unit vectors over forms; how often a form stands in a text does not matter. */
  private SparseMatrix matrix(List<int[]> texts, double[] weights) {
    int[][] columns = new int[texts.size()][];
    double[][] values = new double[texts.size()][];
    for (int row = 0; row < columns.length; row++) {
      columns[row] =
          Arrays.stream(texts.get(row))
              .flatMap(id -> Arrays.stream(formsWithin[id]))
              .distinct()
              .toArray();
      double[] weight = Arrays.stream(columns[row]).mapToDouble(form -> weights[form]).toArray();
      double norm = Math.sqrt(squares(weight));
      values[row] = Arrays.stream(weight).map(w -> w / norm).toArray();
    }
    return new SparseMatrix(columns, values, formCount);
  }

  private static double squares(double[] vector) {
    return Arrays.stream(vector).map(x -> x * x).sum();
  }
}
