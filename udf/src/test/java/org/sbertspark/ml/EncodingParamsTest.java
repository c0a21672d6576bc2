package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sbertspark.ml.Texts.floats;
import static org.sbertspark.ml.Texts.numbered;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.PromptedModel;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What encode() of the reference takes: prompt, prompt name, truncateDim, normalize. */
@ExtendWith(TestCache.class)
class EncodingParamsTest {
  /** A model without Normalize, with prompts of which {@code document} is the default. */
  @TempDir private static Path model;

  @BeforeAll
  static void write() throws IOException {
    PromptedModel.write(model);
  }

  private static SentenceEmbedder embedder() {
    return Texts.embedder().setModel(model.toString());
  }

  private static float[] embed(SentenceEmbedder embedder, String text) {
    return floats(
        embedder.transform(numbered(List.of(text), 1)).first().<Vector>getAs("embedding"));
  }

  @Test
  void theDefaultPromptAppliesUnlessAnotherOrNoneIsAskedFor() {
    float[] plain = embed(embedder().setPrompt(""), "document: a parcel");
    assertThat(embed(embedder(), "a parcel")).containsExactly(plain);
    assertThat(embed(embedder().setPromptName("document"), "a parcel")).containsExactly(plain);
    assertThat(embed(embedder().setPrompt("document: "), "a parcel")).containsExactly(plain);
    float[] query = embed(embedder().setPromptName("query"), "a parcel");
    assertThat(query).isNotEqualTo(plain);
    assertThat(query).containsExactly(embed(embedder().setPrompt(""), "query: a parcel"));
  }

  @Test
  void theSqlFunctionUsesTheDefaultPrompt() {
    SentenceFunctions.register(SparkTestSession.get(), model.toString());
    List<Float> vector =
        SparkTestSession.get().sql("select sbert_embed('a parcel')").first().getList(0);
    assertThat(floats(vector)).containsExactly(embed(embedder(), "a parcel"));
  }

  @Test
  void truncatedVectorsAreThePrefixAndScaledIfAskedFor() {
    float[] full = embed(embedder(), "a parcel");
    float[] prefix = Arrays.copyOf(full, 10);
    assertThat(embed(embedder().setTruncateDim(10), "a parcel")).containsExactly(prefix);

    double norm = 0;
    for (float component : prefix) {
      norm += (double) component * component;
    }
    float[] unit = embed(embedder().setTruncateDim(10).setNormalize(true), "a parcel");
    for (int i = 0; i < prefix.length; i++) {
      assertThat(unit[i]).isCloseTo((float) (prefix[i] / Math.sqrt(norm)), within(1e-6f));
    }
  }

  @Test
  void theColumnSaysWhatDecidedItsVectors() {
    StructField column =
        embedder()
            .setTruncateDim(10)
            .setNormalize(true)
            .setMaxSeqLength(16)
            .transformSchema(Texts.SCHEMA)
            .apply("embedding");
    assertThat(EmbeddingMetadata.dimension(column)).hasValue(10);
    assertThat(AttributeGroup.fromStructField(column).size()).isEqualTo(10);
    Metadata own = column.metadata().getMetadata(EmbeddingMetadata.KEY);
    assertThat(own.getString("prompt")).isEqualTo("document: ");
    assertThat(own.getBoolean("normalize")).isTrue();
    assertThat(own.getLong("max_seq_length")).isEqualTo(16);
  }

  @Test
  void whatCannotBeIsRefusedOnTheDriver() {
    assertThatThrownBy(() -> embedder().setPromptName("passage").transformSchema(Texts.SCHEMA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot use prompt \"passage\": model ")
        .hasMessageEndingWith(" has the prompts document, query");
    assertThatThrownBy(() -> Texts.embedder().setPromptName("query").transformSchema(Texts.SCHEMA))
        .hasMessage("Cannot use prompt \"query\": model roberta-768-mean-normalize has no prompts");
    assertThatThrownBy(
            () -> embedder().setPrompt("").setPromptName("query").transformSchema(Texts.SCHEMA))
        .hasMessage("prompt and promptName are both set, expected one of them; clear the other");
    assertThatThrownBy(() -> embedder().setTruncateDim(5000).transformSchema(Texts.SCHEMA))
        .hasMessageMatching(
            "truncateDim is 5000, expected at most \\d+: the model's vectors have no more"
                + " components");
  }

  @Test
  void aSavedStageKeepsThem(@TempDir Path folder) throws IOException {
    SparkTestSession.get();
    String path = folder.resolve("stage").toString();
    embedder().setPrompt("").setTruncateDim(10).setNormalize(true).write().save(path);
    SentenceEmbedder loaded = SentenceEmbedder.load(path);
    assertThat(loaded.getPrompt()).isEmpty();
    assertThat(embed(loaded, "a parcel"))
        .containsExactly(
            embed(embedder().setPrompt("").setTruncateDim(10).setNormalize(true), "a parcel"));
  }
}
