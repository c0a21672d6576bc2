package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.Precision;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Where texts are embedded, as far as the driver knows it. */
@ExtendWith(TestCache.class)
class DeviceParamTest {

  @Test
  void theDeviceIsChosenByDefault() {
    assertThat(new SentenceEmbedder().getDevice()).isEqualTo("auto");
    assertThat(new SentenceEmbedder().setDevice("cuda:1").getDevice()).isEqualTo("cuda:1");
    assertThatThrownBy(() -> new SentenceEmbedder().setDevice("gpu"))
        .hasMessage("device is \"gpu\", expected one of auto, cpu, cuda, cuda:N");
  }

  @Test
  void aPrecisionThatTheDeviceCannotHaveIsRefusedOnTheDriver() {
    SparkTestSession.get();
    SentenceEmbedder onCpu = Texts.embedder().setDevice("cpu").setPrecision("float16");
    assertThatThrownBy(() -> onCpu.transformSchema(Texts.SCHEMA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("float16 is for GPUs: ");
    SentenceEmbedder onGpu = Texts.embedder().setDevice("cuda").setPrecision("int8");
    assertThatThrownBy(() -> onGpu.transformSchema(Texts.SCHEMA))
        .hasMessageStartingWith("int8 is for CPUs: ");
  }

  @Test
  void theSqlFunctionTakesAPrecision() {
    var spark = SparkTestSession.get();
    SentenceFunctions.register(spark, Texts.model());
    String query = "select sbert_embed('a parcel')";
    var exact = spark.sql(query).first().getList(0);
    SentenceFunctions.register(spark, Texts.model(), Precision.INT8, DeviceChoice.CPU);
    assertThat(spark.sql(query).first().getList(0)).hasSameSizeAs(exact).isNotEqualTo(exact);
    assertThatThrownBy(
            () ->
                SentenceFunctions.register(
                    spark, Texts.model(), Precision.FLOAT16, DeviceChoice.CPU))
        .hasMessageStartingWith("float16 is for GPUs: ");
    SentenceFunctions.register(spark, Texts.model());
  }
}
