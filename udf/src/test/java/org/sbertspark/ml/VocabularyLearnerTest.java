package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.training.BytePairTrainer;

class VocabularyLearnerTest {
  private static Dataset<Row> table(String... columns) {
    return table(List.of(columns), List.of());
  }

  private static Dataset<Row> table(List<String> columns, List<List<String>> rows) {
    StructType schema = new StructType();
    for (String column : columns) {
      schema = schema.add(column, DataTypes.StringType);
    }
    List<Row> made = rows.stream().map(row -> RowFactory.create(row.toArray())).toList();
    return SparkTestSession.get().createDataFrame(made, schema);
  }

  @Test
  void learnsWhatOneTrainerLearnsFromAllTexts() {
    List<List<String>> rows = new ArrayList<>();
    BytePairTrainer alone = new BytePairTrainer();
    for (int i = 0; i < 200; i++) {
      List<String> row = List.of("the %dth parcel was late".formatted(i % 7), "it didn't arrive");
      row.forEach(alone::add);
      rows.add(row);
    }
    List<Dataset<Row>> tables =
        List.of(
            table(List.of("a", "b.c"), rows.subList(0, 120)).repartition(3),
            table(List.of("x", "y"), rows.subList(120, 200)));
    assertThat(VocabularyLearner.learn(tables, 300, false).tokens())
        .isEqualTo(alone.train(300).tokens())
        .hasSizeGreaterThan(265);
  }

  @Test
  void nullTextsAndBlanksAroundTextsAreLeftOut() {
    List<List<String>> rows = new ArrayList<>();
    IntStream.range(0, 5).forEach(i -> rows.add(java.util.Arrays.asList(null, "  hello \n")));
    assertThat(
            VocabularyLearner.learn(List.of(table(List.of("a", "b"), rows)), 300, false).tokens())
        .contains("hello")
        .noneMatch(token -> token.contains("Ġh"));
  }

  @Test
  void emptyTableGivesTheBytes() {
    assertThat(VocabularyLearner.learn(List.of(table("a", "b")), 300, false).size()).isEqualTo(261);
  }
}
