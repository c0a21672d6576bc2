package org.sbertspark.ml;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.floats;
import static org.sbertspark.ml.Texts.model;
import static org.sbertspark.ml.Texts.numbered;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class SentenceEmbedderTest {
  private static final double PARITY = 1e-5;

  private final SparkSession spark = SparkTestSession.get();
  private final Golden golden = Golden.read(Golden.ROBERTA);

  @Test
  void vectorsEqualTheReferenceInOrder() {
    List<Row> rows =
        embedder().transform(numbered(golden.texts(), 3)).orderBy("id").collectAsList();
    assertThat(rows).hasSameSizeAs(golden.texts());
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).getString(1)).isEqualTo(golden.texts().get(i));
      float[] vector = floats(rows.get(i).<Vector>getAs("embedding"));
      assertThat(Golden.difference(golden.vectors()[i], vector))
          .as("text %d", i)
          .isLessThan(PARITY);
    }
  }

  @Test
  void arraysHoldTheSameNumbers() {
    List<Row> rows =
        embedder()
            .setOutputType("array")
            .setWindowRows(4)
            .transform(numbered(golden.texts(), 1))
            .collectAsList();
    for (int i = 0; i < rows.size(); i++) {
      float[] vector = floats(rows.get(i).<Float>getList(2));
      assertThat(Golden.difference(golden.vectors()[i], vector))
          .as("text %d", i)
          .isLessThan(PARITY);
    }
  }

  @Test
  void nullTextGivesNullVector() {
    List<Row> rows = embedder().transform(numbered(withNulls(), 2)).orderBy("id").collectAsList();
    assertThat(rows).extracting(row -> row.isNullAt(2)).containsExactly(false, true, false, true);
  }

  @Test
  void skipDropsNullTexts() {
    Dataset<Row> embedded = embedder().setHandleInvalid("skip").transform(numbered(withNulls(), 2));
    assertThat(embedded.select("id").collectAsList())
        .extracting(row -> row.getLong(0))
        .containsExactlyInAnyOrder(0L, 2L);
  }

  @Test
  void errorFailsTheJobAndNamesTheRow() {
    Dataset<Row> embedded =
        embedder().setHandleInvalid("error").transform(numbered(withNulls(), 1));
    assertThatThrownBy(embedded::collectAsList)
        .hasMessageContaining(
            "Cannot embed column \"text\": the text in row 2 of partition 0 is null")
        .message()
        .doesNotContain("first text");
  }

  @Test
  void everyOtherColumnIsKeptWithItsMetadata() {
    Metadata note = new MetadataBuilder().putString("comment", "as it was").build();
    Dataset<Row> input =
        numbered(List.of("a", "b"), 1)
            .withColumn("a.b `c`", lit(1).as("x", note))
            .withColumn("list", functions.array(lit("x")))
            .withMetadata("id", note);
    Dataset<Row> embedded = embedder().setOutputCol("my.vector `v`").transform(input);
    assertThat(embedded.schema().fieldNames())
        .containsExactly("id", "text", "a.b `c`", "list", "my.vector `v`");
    StructField[] fields = embedded.schema().fields();
    assertThat(fields).startsWith(input.schema().fields());
    assertThat(fields[0].metadata().getString("comment")).isEqualTo("as it was");
    assertThat(embedded.collectAsList()).hasSize(2);
    assertThat(embedded.select(col("`my.vector ``v```")).first().get(0)).isInstanceOf(Vector.class);
  }

  @Test
  void columnsOfEveryTypeSurvive() {
    Dataset<Row> input =
        spark
            .range(0, 3, 1, 1)
            .selectExpr(
                "concat('text ', id) as text",
                "cast(id as byte) as b",
                "id + 0.5F as f",
                "cast(id as decimal(20, 3)) as d",
                "binary(cast(id as string)) as bytes",
                "date'2024-02-29' as day",
                "timestamp'2024-02-29 12:34:56.789012' as instant",
                "timestamp_ntz'2024-02-29 12:34:56.789012' as wall_clock",
                "interval '1 02:03:04' day to second as span",
                "interval '1-2' year to month as months",
                "map(id, array(id, null)) as m",
                "named_struct('x', id, 'y', named_struct('z', array('q'))) as s",
                "if(id = 1, null, true) as maybe",
                "null as nothing")
            .withColumn("v", array_to_vector(functions.array(col("f").cast("double"))));
    Dataset<Row> embedded = embedder().transform(input);
    assertThat(embedded.drop("embedding").schema()).isEqualTo(input.schema());
    Column hex = functions.hex(col("bytes"));
    assertThat(embedded.drop("embedding").withColumn("bytes", hex).collectAsList())
        .isEqualTo(input.withColumn("bytes", hex).collectAsList());
  }

  /** More columns than Spark generates code for. */
  @Test
  void aVeryWideTableSurvives() {
    Dataset<Row> wide = numbered(golden.texts(), 2);
    for (int i = 0; i < 120; i++) {
      wide = wide.withColumn("c" + i, functions.concat(lit("value " + i + " of "), col("id")));
    }
    List<Row> rows = embedder().transform(wide).orderBy("id").collectAsList();
    assertThat(rows).hasSameSizeAs(golden.texts());
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).<String>getAs("c119")).isEqualTo("value 119 of " + i);
      float[] vector = floats(rows.get(i).<Vector>getAs("embedding"));
      assertThat(Golden.difference(golden.vectors()[i], vector)).isLessThan(PARITY);
    }
  }

  @Test
  void columnsOfTheSameNameSurvive() {
    Dataset<Row> one = numbered(List.of("a"), 1);
    Dataset<Row> twice = one.crossJoin(spark.range(1).toDF("id"));
    Dataset<Row> embedded = embedder().transform(twice);
    assertThat(embedded.schema().fieldNames()).containsExactly("id", "text", "id", "embedding");
    assertThat(embedded.collectAsList()).hasSize(1);
  }

  @Test
  void theColumnCarriesSizeAndFingerprint() {
    String fingerprint = DriverModels.resolve(model()).fingerprint();
    for (String type : List.of("vector", "array")) {
      SentenceEmbedder embedder = embedder().setOutputType(type);
      Dataset<Row> input = numbered(List.of("a"), 1);
      StructField promised = embedder.transformSchema(input.schema()).apply("embedding");
      StructField field = embedder.transform(input).schema().apply("embedding");
      assertThat(field).isEqualTo(promised);
      assertThat(EmbeddingMetadata.fingerprint(field)).contains(fingerprint);
      assertThat(EmbeddingMetadata.dimension(field)).hasValue(768);
      assertThat(EmbeddingMetadata.precision(field)).contains("float32");
      StructField int8 =
          embedder.setPrecision("int8").transformSchema(input.schema()).apply("embedding");
      assertThat(EmbeddingMetadata.precision(int8)).contains("int8");
      assertThat(EmbeddingMetadata.fingerprint(int8)).isNotEmpty().isNotEqualTo(fingerprint);
      if (type.equals("vector")) {
        assertThat(AttributeGroup.fromStructField(field).size()).isEqualTo(768);
      }
    }
  }

  @Test
  void theMetadataSurvivesParquet(@TempDir Path folder) {
    String path = folder.resolve("out").toString();
    embedder().transform(numbered(List.of("a"), 1)).write().parquet(path);
    StructField field = spark.read().parquet(path).schema().apply("embedding");
    assertThat(EmbeddingMetadata.fingerprint(field))
        .contains(DriverModels.resolve(model()).fingerprint());
  }

  @Test
  void aForeignColumnHasNoFingerprint() {
    StructField field = DataTypes.createStructField("x", DataTypes.StringType, true);
    assertThat(EmbeddingMetadata.fingerprint(field)).isEmpty();
    assertThat(EmbeddingMetadata.dimension(field)).isEmpty();
  }

  @Test
  void theVectorIsNullableOnlyIfANullCanComeOut() {
    StructType nullable = new StructType().add("text", DataTypes.StringType, true);
    StructType never = new StructType().add("text", DataTypes.StringType, false);
    assertThat(embedder().transformSchema(nullable).apply("embedding").nullable()).isTrue();
    assertThat(embedder().transformSchema(never).apply("embedding").nullable()).isFalse();
    SentenceEmbedder skip = embedder().setHandleInvalid("skip");
    assertThat(skip.transformSchema(nullable).apply("embedding").nullable()).isFalse();
    assertThat(embedder().setOutputType("array").transformSchema(never).apply("embedding"))
        .extracting(StructField::dataType)
        .isEqualTo(DataTypes.createArrayType(DataTypes.FloatType, false));
    assertThat(embedder().transformSchema(never).apply("embedding").dataType())
        .isEqualTo(SQLDataTypes.VectorType());
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeAnyJob() {
    StructType schema =
        new StructType()
            .add("text", DataTypes.StringType)
            .add("tags", DataTypes.createArrayType(DataTypes.StringType));
    assertThatThrownBy(() -> embedder().setInputCol("body").transformSchema(schema))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot embed column \"body\": there is no such column; there are: text, tags");
    assertThatThrownBy(() -> embedder().setInputCol("tags").transformSchema(schema))
        .hasMessage("Cannot embed column \"tags\": it is array<string>, expected string");
    assertThatThrownBy(() -> embedder().setOutputCol("Tags").transformSchema(schema))
        .hasMessage(
            "Cannot write to column \"Tags\": it exists already; drop it or choose"
                + " another outputCol");
    assertThatThrownBy(() -> embedder().transformSchema(schema.add("text", "string")))
        .hasMessage("Cannot embed column \"text\": there are two of that name; rename one");
    assertThatThrownBy(() -> embedder().setMaxSeqLength(100_000).transformSchema(schema))
        .hasMessageMatching(
            "maxSeqLength is 100000, expected at most \\d+: the model has no more positions");
    assertThatThrownBy(() -> new SentenceEmbedder().setModel(model()).transformSchema(schema))
        .hasMessageStartingWith("Cannot embed: inputCol is not set, expected the name of the text");
    SentenceEmbedder unnamed = new SentenceEmbedder().setInputCol("text").setOutputCol("out");
    assertThatThrownBy(() -> unnamed.transformSchema(schema))
        .hasMessageStartingWith("Cannot embed: model is not set, expected ");
  }

  @Test
  void aMissingModelIsNamedBeforeAnyJob() {
    Dataset<Row> input = numbered(List.of("a"), 1);
    assertThatThrownBy(() -> embedder().setModel("/no/such/model").transform(input))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot load model /no/such/model: there is no such folder or file; expected a"
                + " sentence-transformers folder or a .sbert bundle");
  }

  @Test
  void paramsOfOneCallOverrideTheStage() {
    SentenceEmbedder embedder = embedder();
    ParamMap extra =
        new ParamMap().put(embedder.outputCol(), "other").put(embedder.outputType(), "array");
    Dataset<Row> embedded = embedder.transform(numbered(List.of("a"), 1), extra);
    assertThat(embedded.schema().apply("other").dataType().catalogString())
        .isEqualTo("array<float>");
    assertThat(embedder.getOutputCol()).isEqualTo("embedding");
  }

  @Test
  void aLimitEncodesOneWindowAtMost() {
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "limit");
    Dataset<Row> many = spark.range(0, 100_000, 1, 1).selectExpr("id", "'text ' || id as text");
    SentenceEmbedder embedder = embedder().setWindowRows(64);
    assertThat(embedder.transform(many, stats).limit(10).collectAsList()).hasSize(10);
    assertThat(stats.value().rowsIn()).isEqualTo(64);
    assertThat(stats.value().encoding().texts()).isEqualTo(64);
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @Test
  void nothingIsEncodedBeforeAnAction() {
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "lazy");
    Dataset<Row> embedded = embedder().transform(numbered(List.of("a"), 1), stats);
    embedded.schema();
    assertThat(stats.isZero()).isTrue();
  }

  @Test
  void theModelIsLoadedOnceForAllTasksAndJobs() {
    Dataset<Row> input = numbered(golden.texts(), 8);
    embedder().transform(input).collectAsList();
    int loads = SharedModels.loads();
    assertThat(loads).isPositive();
    embedder().transform(input).collectAsList();
    embedder().setOutputCol("second").transform(embedder().transform(input)).collectAsList();
    assertThat(SharedModels.loads()).isEqualTo(loads);
    assertThat(SharedModels.openEncoders()).isZero();
  }

  private static List<String> withNulls() {
    List<String> texts = new ArrayList<>();
    texts.add("first text");
    texts.add(null);
    texts.add("");
    texts.add(null);
    return texts;
  }
}
