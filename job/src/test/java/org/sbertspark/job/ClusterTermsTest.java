package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sbertspark.job.ClusterTerms.StopWords;
import org.sbertspark.testing.SparkTestSession;

class ClusterTermsTest {

  private static Dataset<Row> texts(Object... clustersAndTexts) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < clustersAndTexts.length; i += 2) {
      rows.add(RowFactory.create(clustersAndTexts[i], clustersAndTexts[i + 1]));
    }
    return SparkTestSession.get()
        .createDataFrame(
            rows,
            new StructType()
                .add("cluster", DataTypes.IntegerType)
                .add("text", DataTypes.StringType));
  }

  @Test
  void wordsOfOneClusterComeBeforeThoseOfAll() {
    Map<Integer, List<String>> terms =
        ClusterTerms.of(
            texts(0, "order parcel parcel", 0, "order", 1, "order invoice", 1, "order"),
            StopWords.NONE,
            10);
    assertThat(terms).containsEntry(0, List.of("parcel", "order"));
    // 1/3 ln(1 + 3.5/1) = 0.50 before 2/3 ln(1 + 3.5/4) = 0.42
    assertThat(terms).containsEntry(1, List.of("invoice", "order"));
  }

  @Test
  void equalOnesAreInTheOrderOfTheAlphabetAndOnlySoManyAreKept() {
    assertThat(ClusterTerms.of(texts(0, "cc bb aa dd"), StopWords.NONE, 3))
        .containsEntry(0, List.of("aa", "bb", "cc"));
  }

  @Test
  void caseSingleLettersNumbersAndStopWordsDoNotCount() {
    assertThat(
            ClusterTerms.of(
                texts(0, "The DOG’s bone: x 42 and a dog, don't!", 0, null, null, "lost"),
                StopWords.ENGLISH,
                10))
        .containsEntry(0, List.of("dog", "bone"))
        .hasSize(1);
  }

  @Test
  void wordsHaveTheLettersOfEveryScript() {
    assertThat(ClusterTerms.of(texts(0, "Übergröße, Привет"), StopWords.NONE, 10))
        .containsEntry(0, List.of("übergröße", "привет"));
  }

  @Test
  void textsWithoutWordsGiveNoTerms() {
    assertThat(ClusterTerms.of(texts(0, "1 2 3", 0, null), StopWords.NONE, 10)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(StopWords.class)
  void everyLanguageHasItsStopWords(StopWords language) {
    assertThat(language.words().length == 0).isEqualTo(language == StopWords.NONE);
  }
}
