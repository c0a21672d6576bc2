package org.sbertspark.ml;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sbertspark.ml.Texts.floats;
import static org.sbertspark.ml.Texts.model;
import static org.sbertspark.ml.Texts.numbered;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class SentenceFunctionsTest {
  private final SparkSession spark = SparkTestSession.get();
  private final Golden golden = Golden.read(Golden.ROBERTA);

  @BeforeEach
  void register() {
    SentenceFunctions.register(spark, model());
  }

  @Test
  void embedGivesTheVectorOfTheReference() {
    numbered(golden.texts(), 2).createOrReplaceTempView("texts");
    List<Row> rows =
        spark.sql("select id, sbert_embed(text) as v from texts order by id").collectAsList();
    for (int i = 0; i < rows.size(); i++) {
      assertThat(Golden.difference(golden.vectors()[i], floats(rows.get(i).getList(1))))
          .as("text %d", i)
          .isLessThan(1e-5);
    }
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @Test
  void embedGivesAnArrayOfFloats() {
    assertThat(spark.sql("select sbert_embed('a') as v").schema().apply("v").dataType())
        .isEqualTo(OutputType.ARRAY.dataType());
  }

  @Test
  void embedOfAConstantWorksOnTheDriver() {
    Row row = spark.sql("select sbert_embed('%s')".formatted(golden.texts().get(0))).head();
    assertThat(Golden.difference(golden.vectors()[0], floats(row.getList(0)))).isLessThan(1e-5);
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @Test
  void embedOfNullIsNull() {
    numbered(Arrays.asList("a", null), 1).createOrReplaceTempView("texts");
    assertThat(spark.sql("select sbert_embed(text) from texts order by id").collectAsList())
        .extracting(row -> row.isNullAt(0))
        .containsExactly(false, true);
    assertThat(spark.sql("select sbert_embed(null)").head().isNullAt(0)).isTrue();
  }

  @Test
  void embedRefusesOtherTypes() {
    assertThatThrownBy(() -> spark.sql("select sbert_embed(42)").head())
        .hasStackTraceContaining(
            "Cannot embed a value of class java.lang.Integer: sbert_embed expects a string");
  }

  @Test
  void twoCallsInOneTaskShareAnEncoder() {
    Dataset<Row> rows =
        numbered(List.of("a", "b"), 1)
            .selectExpr("cosine_similarity(sbert_embed(text), sbert_embed(upper(text))) as c");
    assertThat(rows.collectAsList())
        .allSatisfy(row -> assertThat(row.getDouble(0)).isLessThan(1.01));
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"f, f", "f, d", "f, v", "d, d", "d, v", "v, v", "v, f"})
  void bothFunctionsTakeAllTypesMixed(String a, String b) {
    Row row =
        vectors()
            .selectExpr(
                "dot_product(%s, %s_other)".formatted(a, b),
                "cosine_similarity(%s, %s_other)".formatted(a, b))
            .head();
    assertThat(row.getDouble(0)).isEqualTo(24);
    assertThat(row.getDouble(1)).isCloseTo(24 / 25.0, within(1e-15));
  }

  @ParameterizedTest
  @CsvSource({"f, nothing", "nothing, v", "nothing, nothing"})
  void nullInNullOut(String a, String b) {
    Row row =
        vectors()
            .selectExpr(
                "dot_product(%s, %s)".formatted(a, b), "cosine_similarity(%s, %s)".formatted(a, b))
            .head();
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.isNullAt(1)).isTrue();
  }

  @Test
  void theCosineOfAZeroVectorIsNull() {
    Row row = vectors().selectExpr("cosine_similarity(f, zero)", "dot_product(f, zero)").head();
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.getDouble(1)).isZero();
  }

  @Test
  void sparseVectorsWorkToo() {
    StructType schema = new StructType().add("s", SQLDataTypes.VectorType());
    Vector sparse = Vectors.sparse(3, new int[] {1}, new double[] {2});
    Row row =
        spark
            .createDataFrame(List.of(RowFactory.create(sparse)), schema)
            .selectExpr("dot_product(s, array(5D, 7D, 9D))", "cosine_similarity(s, s)")
            .head();
    assertThat(row.getDouble(0)).isEqualTo(14);
    assertThat(row.getDouble(1)).isEqualTo(1);
  }

  @Test
  void roundingDoesNotLeadOutOfTheRangeOfACosine() {
    Row extremes =
        spark
            .range(1, 1000)
            .selectExpr("array(0.1D / id, 0.7D, 1D / id) as a")
            .selectExpr("cosine_similarity(a, a) as c")
            .selectExpr("min(c)", "max(c)")
            .head();
    assertThat(extremes.getDouble(0)).isCloseTo(1, within(1e-15));
    assertThat(extremes.getDouble(1)).isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "f | short | the vectors have 2 and 1 components, expected equally many",
        "f | word | its second argument is a value of class java.lang.String, expected array<float>",
        "ints | f | its first argument is an array with a value of class java.lang.Integer at",
        "f | gap | its second argument is an array with a null at position 1, expected array<float>",
      })
  void whatDoesNotFitIsNamed(String a, String b, String message) {
    for (String function : List.of("dot_product", "cosine_similarity")) {
      Dataset<Row> rows = vectors().selectExpr("%s(%s, %s)".formatted(function, a, b));
      assertThatThrownBy(rows::collectAsList)
          .hasStackTraceContaining("Cannot compute " + function + ": " + message);
    }
  }

  @Test
  void aMissingModelIsNamed() {
    assertThatThrownBy(() -> SentenceFunctions.register(spark, "/no/such/model"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot load model /no/such/model: there is no such folder");
  }

  /** One row; kept from being folded into constants on the driver. */
  private Dataset<Row> vectors() {
    return spark
        .range(1)
        .selectExpr(
            "array(cast(3 + id as float), cast(4 as float)) as f",
            "array(cast(4 + id as float), cast(3 as float)) as f_other",
            "array(3D + id, 4D) as d",
            "array(4D + id, 3D) as d_other",
            "array(0D + id, 0D) as zero",
            "array(1D + id) as short",
            "if(id = 0, null, array(1F)) as nothing",
            "array(cast(id as int), 2) as ints",
            "concat('x', id) as word",
            "array(1D + id, null) as gap")
        .withColumn("v", array_to_vector(col("d")))
        .withColumn("v_other", array_to_vector(col("d_other")));
  }
}
