package org.sbertspark.ml;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkContext;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.model.ModelException;

/**
 * Tries a model in the JVM where it is called, driver or executor, through the same steps as {@link
 * SentenceEmbedder}. Serializable, for closures.
 */
public final class ModelProbe implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ShippedModel model;

  private ModelProbe(ShippedModel model) {
    this.model = model;
  }

  /** In float32, on the CPU, or on the GPU that Spark has assigned. */
  public static ModelProbe ship(SparkContext spark, ModelBundle bundle) {
    return ship(spark, bundle, Precision.FLOAT32, DeviceChoice.AUTO);
  }

  /** Makes the bundle readable for every executor. */
  public static ModelProbe ship(
      SparkContext spark, ModelBundle bundle, Precision precision, DeviceChoice device) {
    EncodingSettings settings = EncodingSettings.of(bundle).with(precision, device);
    return new ModelProbe(ShippedModel.ship(spark, bundle, settings));
  }

  /**
   * Loads the model, unless this JVM has it already, and encodes a text with it. A model that loads
   * has been checked against its golden texts.
   *
   * @return the milliseconds that it took
   * @throws IllegalArgumentException if the task's device is none for the precision
   * @throws ModelException if it cannot be loaded, or if this machine computes something else
   */
  public long run() {
    long start = System.nanoTime();
    try (SentenceEncoder encoder = model.openEncoder()) {
      encoder.encode(List.of("probe"));
    }
    return (System.nanoTime() - start) / 1_000_000;
  }
}
