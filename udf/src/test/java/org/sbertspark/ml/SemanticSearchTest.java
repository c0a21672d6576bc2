package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sbertspark.ml.Texts.numbered;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.PromptedModel;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Search as a stage: its results, and which model, prompt and settings queries get. */
@ExtendWith(TestCache.class)
class SemanticSearchTest {
  private static final SparkSession SPARK = SparkTestSession.get();
  private static final List<String> TEXTS =
      List.of("the parcel is late", "a cat sleeps", "an invoice was sent", "dogs bark at night");
  private static final List<String> QUERIES = List.of("where is my parcel", "cats and dogs");

  /** Its prompts are query and document, and document is the default. */
  @TempDir private static Path model;

  @TempDir private static Path shared;
  private static String index;

  @TempDir private Path folder;

  @BeforeAll
  static void writeIndex() throws IOException {
    PromptedModel.write(model);
    index = shared.resolve("index").toString();
    embedder()
        .setTruncateDim(10)
        .setNormalize(true)
        .transform(numbered(TEXTS, 2))
        .write()
        .parquet(index);
  }

  private static SentenceEmbedder embedder() {
    return Texts.embedder().setModel(model.toString()).setOutputType("array");
  }

  private static SemanticSearch search() {
    return new SemanticSearch()
        .setModel(model.toString())
        .setIndex(index)
        .setInputCol("text")
        .setOutputCol("found")
        .setK(3);
  }

  private static float[][] vectors(SentenceEmbedder embedder, List<String> texts) {
    return embedder.transform(numbered(texts, 1)).orderBy("id").collectAsList().stream()
        .map(row -> Texts.floats(row.<Float>getList(2)))
        .toArray(float[][]::new);
  }

  /** Queries with their prompt against documents with theirs, both cut and scaled as the index. */
  private static void assertFound(List<Row> results, SentenceEmbedder queryEmbedder, String query) {
    SentenceEmbedder documents = embedder().setTruncateDim(10).setNormalize(true);
    float[][] rows = vectors(documents, TEXTS);
    float[] vector = vectors(queryEmbedder, List.of(query))[0];
    double[] scores =
        Arrays.stream(rows).mapToDouble(row -> VectorTables.cosine(vector, row)).toArray();
    List<Integer> expected =
        IntStream.range(0, rows.length)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> -scores[row]))
            .limit(3)
            .toList();
    assertThat(results).hasSize(3);
    for (int rank = 0; rank < 3; rank++) {
      assertThat(results.get(rank).getLong(0)).isEqualTo((long) expected.get(rank));
      assertThat(results.get(rank).getDouble(1))
          .isCloseTo(scores[expected.get(rank)], within(1e-6));
      assertThat(results.get(rank).getInt(2)).isEqualTo(rank + 1);
    }
  }

  @Test
  void queriesAreEmbeddedAsTheIndexWithThePromptForQueries() {
    List<Row> rows = search().transform(numbered(QUERIES, 2)).orderBy("id").collectAsList();
    SentenceEmbedder queries =
        embedder().setTruncateDim(10).setNormalize(true).setPromptName("query");
    assertThat(rows).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(rows.get(i).getString(1)).isEqualTo(QUERIES.get(i));
      assertFound(rows.get(i).getList(2), queries, QUERIES.get(i));
    }
  }

  @Test
  void anotherPromptIsUsedIfGiven() {
    List<Row> rows =
        search().setPrompt("").transform(numbered(QUERIES.subList(0, 1), 1)).collectAsList();
    assertFound(
        rows.get(0).getList(2),
        embedder().setTruncateDim(10).setNormalize(true).setPrompt(""),
        QUERIES.get(0));
  }

  @Test
  void equalQueriesHaveEqualResultsAndNullHasNull() {
    Dataset<Row> queries =
        SPARK
            .createDataset(Arrays.asList("late", null, "late", "late"), Encoders.STRING())
            .toDF("text");
    List<Row> rows = search().transform(queries).orderBy("text").collectAsList();
    assertThat(rows).hasSize(4);
    assertThat(rows.get(0).isNullAt(1)).isTrue();
    assertThat(rows.get(1).<Row>getList(1)).hasSize(3).isEqualTo(rows.get(3).getList(1));
  }

  @Test
  void theSchemaSaysWhatIsThere() {
    assertThat(search().transformSchema(Texts.SCHEMA).apply("found").dataType().catalogString())
        .isEqualTo("array<struct<id:bigint,score:double,rank:int>>");
    assertThat(
            search()
                .setMeasure("euclidean")
                .transformSchema(Texts.SCHEMA)
                .apply("found")
                .dataType()
                .catalogString())
        .isEqualTo("array<struct<id:bigint,distance:double,rank:int>>");
    Dataset<Row> found = search().transform(numbered(QUERIES, 1));
    assertThat(found.schema().apply("found").dataType().catalogString())
        .isEqualTo("array<struct<id:bigint,score:double,rank:int>>");
  }

  @Test
  void aSavedStageHasItsModel() throws IOException {
    String path = folder.resolve("stage").toString();
    search().setK(2).save(path);
    SemanticSearch loaded = SemanticSearch.load(path);
    assertThat(loaded.getK()).isEqualTo(2);
    assertThat(loaded.getIndex()).isEqualTo(index);
    assertThat(loaded.getModel()).isNotEqualTo(model.toString());
    assertThat(loaded.transform(numbered(QUERIES, 1)).collectAsList())
        .containsExactlyInAnyOrderElementsOf(
            search().setK(2).transform(numbered(QUERIES, 1)).collectAsList());
  }

  @Test
  void whatCannotBeSearchedIsRefused() {
    assertThatThrownBy(() -> search().setModel(Texts.model()).transform(numbered(QUERIES, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot search " + index + " with model ")
        .hasMessageContaining("its vectors are of model ");
    assertThatThrownBy(() -> search().setIndex(folder + "/none").transform(numbered(QUERIES, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot search " + folder + "/none: ");
    assertThatThrownBy(() -> search().setIdCol("key").transformSchema(Texts.SCHEMA))
        .hasMessageContaining("it has no column \"key\", it has: id, text, embedding");
    assertThatThrownBy(() -> search().setOutputCol("text").transformSchema(Texts.SCHEMA))
        .hasMessageContaining("Cannot write to column \"text\"");
    assertThatThrownBy(() -> search().setInputCol("id").transformSchema(Texts.SCHEMA))
        .hasMessageContaining("expected string");
    assertThatThrownBy(() -> search().setK(0)).hasMessageContaining("k is 0, expected 1 or more");
    assertThatThrownBy(() -> search().setMeasure("manhattan"))
        .hasMessageContaining("expected cosine, dot or euclidean");
    assertThatThrownBy(() -> new SemanticSearch().transformSchema(Texts.SCHEMA))
        .hasMessageContaining("Cannot search: outputCol is not set");
    Dataset<Row> stream =
        SPARK
            .readStream()
            .format("rate")
            .load()
            .selectExpr("cast(value as string) as text")
            .select("text");
    assertThat(stream.schema().apply("text").dataType()).isEqualTo(DataTypes.StringType);
    assertThatThrownBy(() -> search().transform(stream)).hasMessageContaining("of a stream");
  }
}
