package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.job.demo.DemoModel;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class SelfTestTest {

  /** A demo model that is meant to differ needs new golden vectors. */
  @Test
  void goldenVectorsAreTheDemoModels(@TempDir Path folder) throws IOException {
    DemoModel.write(folder);
    assertThat(
            SelfTest.golden()
                .compareWith(ModelBundle.of(folder), EncoderOptions.DEFAULT)
                .largestDifference())
        .isLessThan(1e-6);
  }

  @Test
  void aMachineThatComputesOtherVectorsFails() {
    float[][] golden = SelfTest.golden().vectors();
    float[][] computed = golden.clone();
    computed[1] = golden[0];
    assertThatThrownBy(() -> SelfTest.require(GoldenTexts.compare(golden, computed)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("largest difference");
  }
}
