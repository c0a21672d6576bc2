package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sbertspark.ml.Texts.model;

import java.util.List;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class ShippedModelTest {
  private final SparkContext spark = SparkTestSession.get().sparkContext();
  private final ModelBundle bundle = DriverModels.resolve(model());

  @Test
  void whereAllIsOneProcessTheDriversFileIsUsed() {
    assertThat(ShippedModel.ship(spark, bundle, EncodingSettings.of(bundle)).driverFile())
        .isEqualTo(bundle.file().toString());
  }

  @Test
  void elsewhereSparkShipsTheFileOnce() {
    ShippedModel.addFile(spark, bundle);
    ShippedModel.addFile(spark, bundle);
    assertThat(spark.listFiles().count(url -> url.contains(bundle.fileName()))).isEqualTo(1);
    try (SentenceEncoder encoder =
        new ShippedModel(bundle.fileName(), null, EncodingSettings.of(bundle)).openEncoder()) {
      assertThat(encoder.encode(List.of("a")).vectors()[0]).hasSize(bundle.dimension());
    }
    assertThat(SharedModels.openEncoders()).isZero();
  }
}
