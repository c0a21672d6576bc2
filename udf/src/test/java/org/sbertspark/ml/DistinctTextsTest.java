package org.sbertspark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.numbered;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class DistinctTextsTest {
  private static final List<String> TEXTS =
      Arrays.asList(
          "one text",
          null,
          "another",
          "one text",
          " one text\n",
          "",
          "word ".repeat(200),
          null,
          "one text",
          "word ".repeat(200));

  private static final int DISTINCT = 4;

  private final SparkSession spark = SparkTestSession.get();
  private final EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "test");

  @Test
  void everyRowHasTheVectorOfItsText() {
    Dataset<Row> table = numbered(TEXTS, 3);
    List<Row> plain = embedder().transform(table).orderBy("id").collectAsList();
    for (long rowsOfOneTask : new long[] {1, 1000}) {
      assertSameRows(embed(table, embedder(), rowsOfOneTask), plain);
    }
  }

  private static void assertSameRows(List<Row> rows, List<Row> expected) {
    assertThat(rows).hasSameSizeAs(expected);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).get(0)).isEqualTo(expected.get(i).get(0));
      assertThat(rows.get(i).get(1)).isEqualTo(expected.get(i).get(1));
      assertThat(rows.get(i).isNullAt(2)).isEqualTo(expected.get(i).isNullAt(2));
      if (!rows.get(i).isNullAt(2)) {
        assertThat(Golden.difference(vector(expected.get(i)), vector(rows.get(i))))
            .isLessThan(1e-6);
      }
    }
  }

  private static float[] vector(Row row) {
    return Texts.floats(row.<org.apache.spark.ml.linalg.Vector>getAs("embedding"));
  }

  @Test
  void everyTextIsComputedOnceAndAllRowsAreCounted() {
    EmbeddingStats plain = EmbeddingStats.register(spark.sparkContext(), "plain");
    embedder().transform(numbered(TEXTS, 1), plain).collectAsList();
    for (long rowsOfOneTask : new long[] {1, 1000}) {
      stats.reset();
      embed(numbered(TEXTS, 3), embedder(), rowsOfOneTask);
      EmbeddingTotals totals = stats.value();
      assertThat(totals.rowsIn()).isEqualTo(TEXTS.size());
      assertThat(totals.rowsOut()).isEqualTo(TEXTS.size());
      assertThat(totals.nulls()).isEqualTo(2);
      assertThat(totals.encoding().texts()).isEqualTo(TEXTS.size() - 2);
      assertThat(totals.duplicates()).isEqualTo(TEXTS.size() - 2 - DISTINCT);
      assertThat(totals.truncated()).isEqualTo(plain.value().truncated()).isEqualTo(2);
      assertThat(totals.tokens()).isEqualTo(plain.value().tokens());
      assertThat(totals.usefulTokens()).isEqualTo(plain.value().usefulTokens());
    }
  }

  @Test
  void withAPromptTextsAreEqualOnlyAsTheyStand() {
    Dataset<Row> table = numbered(List.of("a", " a", "a"), 1);
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder().setPrompt("query: "))) {
      assertThat(distinct.texts().count()).isEqualTo(2);
    }
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder())) {
      assertThat(distinct.texts().count()).isEqualTo(1);
    }
  }

  @Test
  void skipDropsNullTexts() {
    List<Row> rows = embed(numbered(TEXTS, 2), embedder().setHandleInvalid("skip"), 1000);
    assertThat(rows).hasSize(TEXTS.size() - 2).noneMatch(row -> row.isNullAt(1));
    assertThat(stats.value().skipped()).isEqualTo(2);
    assertThat(stats.value().rowsOut()).isEqualTo(TEXTS.size() - 2);
  }

  @Test
  void errorFailsBeforeAnythingIsEmbedded() {
    SentenceEmbedder strict = embedder().setHandleInvalid("error");
    Dataset<Row> table = numbered(TEXTS, 2);
    assertThatThrownBy(() -> DistinctTexts.of(table, strict))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot embed column \"text\": 2 of 10 texts are null and handleInvalid is error; filter"
                + " such rows, or set keep or skip");
  }

  @Test
  void columnsKeepNamesTypesAndMetadata() {
    Metadata note = new MetadataBuilder().putString("comment", "as it was").build();
    Dataset<Row> table =
        numbered(TEXTS, 2)
            .withColumn("rows", lit(1))
            .withColumn("key", lit("k"))
            .withColumn("vector", lit("v"))
            .withMetadata("id", note);
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder())) {
      Dataset<Row> embedded = distinct.embed(distinct.texts(), stats);
      assertThat(embedded.schema().fieldNames())
          .containsExactly("id", "text", "rows", "key", "vector", "embedding");
      assertThat(embedded.schema().apply("id").metadata()).isEqualTo(note);
      assertThat(EmbeddingMetadata.fingerprint(embedded.schema().apply("embedding"))).isPresent();
      assertThat(embedded.collectAsList()).hasSize(TEXTS.size());
    }
  }

  @Test
  void aTextOfManyRowsIsNotBroughtTogetherInOneTask() {
    Dataset<Row> table =
        spark
            .range(0, 200_000, 1, 4)
            .selectExpr(
                "id", "if(id % 10 < 8, 'often', if(id % 10 = 8, null, 'text ' || id % 7)) as text");
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder())) {
      Dataset<Row> embedded = distinct.embed(distinct.texts(), stats);
      long largest =
          embedded
              .groupBy(spark_partition_id())
              .agg(count("*").as("rows"))
              .agg(org.apache.spark.sql.functions.max("rows"))
              .first()
              .getLong(0);
      assertThat(largest).isLessThanOrEqualTo(50_000);
      assertThat(embedded.filter(col("text").isNotNull().and(col("embedding").isNull())).count())
          .isZero();
      assertThat(embedded.count()).isEqualTo(200_000);
    }
    assertThat(stats.value().rowsOut()).isEqualTo(200_000);
    assertThat(stats.value().duplicates()).isEqualTo(180_000 - 8);
  }

  @Test
  void aTextThatWasNotCountedFailsTheJob() {
    Dataset<Row> table = numbered(List.of("a", "b"), 1);
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder())) {
      Dataset<Row> some = distinct.texts().filter(col("text").equalTo("a"));
      assertThatThrownBy(() -> distinct.embed(some, stats).collectAsList())
          .hasStackTraceContaining("the input has changed meanwhile");
    }
  }

  @Test
  void anEmptyTableStaysEmpty() {
    assertThat(embed(numbered(List.of(), 1), embedder(), 1)).isEmpty();
  }

  /** The rows by their numbers. */
  private List<Row> embed(Dataset<Row> table, SentenceEmbedder embedder, long rowsOfOneTask) {
    try (DistinctTexts distinct = DistinctTexts.of(table, embedder, rowsOfOneTask)) {
      return new ArrayList<>(distinct.embed(distinct.texts(), stats).orderBy("id").collectAsList());
    }
  }
}
