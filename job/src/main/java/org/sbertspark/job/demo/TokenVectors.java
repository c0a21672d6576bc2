package org.sbertspark.job.demo;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.training.BytePairVocabulary;

/**
 * A vector for every token, such that tokens used in the same texts lie together and frequent ones
 * are short: latent semantic analysis with smooth inverse frequency weights.
 *
 * <p>Forms of one word share a vector: {@code Parcel} at the start of a text, {@code parcel} after
 * a space. A token that was never seen by itself, because the texts always continue it, gets what
 * the words around it get: it is what unseen words are cut into.
 *
 * @see <a href="https://doi.org/10.1002/(SICI)1097-4571(199009)41:6%3C391::AID-ASI1%3E3.0.CO;2-9">
 *     Deerwester et al. 1990, latent semantic analysis</a>
 * @see <a href="https://openreview.net/forum?id=SyK00v5xx">Arora et al. 2017, smooth inverse
 *     frequency</a>
 */
final class TokenVectors {

  /** The share of all tokens at which a token's weight has fallen to one half. */
  private static final double HALF_WEIGHT_SHARE = 1e-3;

  private TokenVectors() {}

  /**
   * Learns from texts.
   *
   * @param dimension of the vectors, at most the number of texts
   * @return {@code [tokens][dimension]}, in the order of the ids; the special tokens get zeros
   */
  static double[][] learn(BytePairVocabulary vocabulary, List<String> texts, int dimension) {
    int[] forms = forms(vocabulary);
    int formCount = Arrays.stream(forms).max().orElseThrow() + 1;
    int[][] documents =
        texts.stream()
            .map(text -> Arrays.stream(vocabulary.encode(text)).map(id -> forms[id]).toArray())
            .toArray(int[][]::new);
    double[] weights = weights(documents, formCount);
    DominantSubspace.SparseRow[] rows =
        Arrays.stream(documents)
            .map(document -> row(document, weights))
            .toArray(DominantSubspace.SparseRow[]::new);
    double[][] textVectors = DominantSubspace.of(rows, formCount, dimension);
    double[][] formVectors = DominantSubspace.transposedTimes(rows, formCount, textVectors);
    double[][] tokenVectors = new double[vocabulary.size()][];
    for (int id = 0; id < tokenVectors.length; id++) {
      int form = forms[id];
      tokenVectors[id] = Arrays.stream(formVectors[form]).map(x -> x * weights[form]).toArray();
    }
    return tokenVectors;
  }

  /** For each token the number of its form: without the leading space, ASCII in lower case. */
  private static int[] forms(BytePairVocabulary vocabulary) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] forms = new int[vocabulary.size()];
    for (int id = 0; id < forms.length; id++) {
      forms[id] =
          numbers.computeIfAbsent(form(vocabulary.tokens().get(id)), form -> numbers.size());
    }
    return forms;
  }

  /** Other letters are bytes in disguise here, so only ASCII has a lower case. */
  private static String form(String token) {
    StringBuilder form = new StringBuilder();
    for (char c : token.toCharArray()) {
      form.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
    }
    return form.length() > 1 && form.charAt(0) == 'Ġ' ? form.substring(1) : form.toString();
  }

  private static double[] weights(int[][] documents, int forms) {
    double[] counts = new double[forms];
    double all = 0;
    for (int[] document : documents) {
      for (int form : document) {
        counts[form]++;
        all++;
      }
    }
    double half = HALF_WEIGHT_SHARE * all;
    return Arrays.stream(counts).map(count -> half / (half + count)).toArray();
  }

  /** The text as a unit vector over forms; how often a form stands in it does not matter. */
  private static DominantSubspace.SparseRow row(int[] document, double[] weights) {
    int[] columns = Arrays.stream(document).distinct().sorted().toArray();
    double norm = Math.sqrt(Arrays.stream(columns).mapToDouble(c -> weights[c] * weights[c]).sum());
    return new DominantSubspace.SparseRow(
        columns, Arrays.stream(columns).mapToDouble(c -> weights[c] / norm).toArray());
  }
}
