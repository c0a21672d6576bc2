package org.sbertspark.ml;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.inference.ModelBundle;

/**
 * SQL functions of a session:
 *
 * <ul>
 *   <li>{@code sbert_embed(text)}: the sentence embedding as {@code array<float>}; null for null.
 *       The model's default prompt applies. It takes a row at a time and is meant for queries
 *       ("what is near this sentence?"); for whole tables {@link SentenceEmbedder}, which batches,
 *       is many times as fast.
 *   <li>{@code cosine_similarity(a, b)}: -1 to 1, as double; null if either is null. Null too if
 *       either vector has length zero: such a vector has no direction, and null comes last when the
 *       nearest come first, where NaN would come first.
 *   <li>{@code dot_product(a, b)}: as double; null if either is null. For vectors of length 1 it is
 *       their cosine similarity, and cheaper.
 * </ul>
 *
 * <p>The latter two take {@code array<float>}, {@code array<double>} and MLlib's vectors, also
 * mixed. Other types and vectors of unequal length fail the query.
 */
public final class SentenceFunctions {
  private SentenceFunctions() {}

  /**
   * Registers the functions, in place of earlier ones of these names.
   *
   * @param model where the model is, see {@link DriverModels}
   * @throws org.sbertspark.model.ModelException if it cannot be read
   */
  public static void register(SparkSession spark, String model) {
    ModelBundle bundle = DriverModels.resolve(model, spark.sessionState().newHadoopConf());
    ShippedModel shipped =
        ShippedModel.ship(spark.sparkContext(), bundle, EncodingSettings.of(bundle));
    spark.udf().register("sbert_embed", new EmbedText(shipped), OutputType.ARRAY.dataType());
    for (VectorFunction function : VectorFunction.values()) {
      spark.udf().register(function.label(), function, DataTypes.DoubleType);
    }
  }
}
