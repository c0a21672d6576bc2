package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sbertspark.training.BytePairTrainer;
import org.sbertspark.training.BytePairVocabulary;

class TokenVectorsTest {
  private static final int DIMENSION = 5;
  private static final List<String> TEXTS = texts();

  private static BytePairVocabulary vocabulary;
  private static double[][] vectors;

  private static List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      texts.add("the soup with the spoon");
      texts.add("Soup or the spoon");
      texts.add("the engine and the gearbox");
      texts.add("Engine of the gearboxes");
    }
    return texts;
  }

  @BeforeAll
  static void learn() {
    BytePairTrainer trainer = new BytePairTrainer();
    TEXTS.forEach(trainer::add);
    vocabulary = trainer.train(1000);
    vectors = TokenVectors.learn(vocabulary, TEXTS, DIMENSION);
  }

  private static double[] vector(String token) {
    return vectors[vocabulary.tokens().indexOf(token)];
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double length(String token) {
    return Math.sqrt(dot(vector(token), vector(token)));
  }

  private static double cosine(String a, String b) {
    return dot(vector(a), vector(b)) / (length(a) * length(b));
  }

  @Test
  void tokensOfTheSameTextsLieTogether() {
    assertThat(cosine("Ġsoup", "Ġspoon")).isGreaterThan(0.9);
    assertThat(cosine("Ġsoup", "Ġgearbox")).isLessThan(0.1);
  }

  @Test
  void commonTokensAreShort() {
    assertThat(length("Ġthe")).isLessThan(length("Ġsoup") / 2);
  }

  @Test
  void formsOfAWordShareAVector() {
    assertThat(vector("Soup")).containsExactly(vector("Ġsoup"));
  }

  @Test
  void tokensLearnFromTheLongerTokensThatTheyStandIn() {
    assertThat(cosine("Ġgearbox", "Ġgearboxes")).isGreaterThan(0.5);

    // Never seen by itself, because some longer token always takes it in.
    String piece =
        vocabulary.parts(vocabulary.tokens().indexOf("Ġgearbox")).stream()
            .map(vocabulary.tokens()::get)
            .max(Comparator.comparing(String::length))
            .orElseThrow();
    assertThat(piece).hasSizeGreaterThan(3);
    assertThat(cosine(piece, "Ġengine")).isGreaterThan(0.9);
  }

  @Test
  void onlyTheStartHasTheLastDimension() {
    for (int id = 0; id < vectors.length; id++) {
      double last = vectors[id][DIMENSION - 1];
      assertThat(last > 0).isEqualTo(id == BytePairVocabulary.BOS);
    }
  }

  @Test
  void tokensThatAreInNoTextAreZero() {
    assertThat(vector("</s>")).containsOnly(0);
    assertThat(vector("z")).containsOnly(0);
  }

  @Test
  void moreDimensionsThanTextsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TokenVectors.learn(vocabulary, TEXTS, 20))
        .withMessage("Cannot find 19 dimensions in 16 texts: expected at least as many texts");
  }
}
