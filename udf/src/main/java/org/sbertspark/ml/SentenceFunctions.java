package org.sbertspark.ml;

import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

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

  /** Registers the functions in float32, on the GPU that a task has, if it has one. */
  public static void register(SparkSession spark, String model) {
    register(spark, model, Precision.FLOAT32, DeviceChoice.AUTO);
  }

  /**
   * Registers the functions, in place of earlier ones of these names.
   *
   * @param model where the model is, see {@link DriverModels}
   * @param device where a text is encoded; constants are, by Spark's optimiser, on the driver,
   *     which is assigned no GPU: {@code auto} is its CPU
   * @throws IllegalArgumentException if the device is none for the precision
   * @throws org.sbertspark.model.ModelException if the model cannot be read, or does not have the
   *     precision
   */
  public static void register(
      SparkSession spark, String model, Precision precision, DeviceChoice device) {
    ModelBundle bundle = DriverModels.resolve(model, spark.sessionState().newHadoopConf());
    bundle.requirePrecision(precision);
    EncodingSettings settings = EncodingSettings.of(bundle).with(precision, device);
    settings.requireSupport();
    ShippedModel shipped = ShippedModel.ship(spark.sparkContext(), bundle, settings);
    spark.udf().register("sbert_embed", new EmbedText(shipped), OutputType.ARRAY.dataType());
    for (VectorFunction function : VectorFunction.values()) {
      spark.udf().register(function.label(), function, DataTypes.DoubleType);
    }
  }
}
