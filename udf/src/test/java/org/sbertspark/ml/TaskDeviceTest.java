package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import org.sbertspark.inference.ComputeDevice;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.Precision;
import scala.collection.immutable.Map;
import scala.collection.immutable.Map$;

class TaskDeviceTest {
  private static final Map<String, ResourceInformation> NONE = Map$.MODULE$.empty();

  private static TaskContext task(String... gpus) {
    Map<String, ResourceInformation> resources =
        gpus.length == 0 ? NONE : NONE.updated("gpu", new ResourceInformation("gpu", gpus));
    return new TaskContextImpl(0, 0, 0, 1, 0, 0, null, new Properties(), null, null, 1, resources);
  }

  @Test
  void theTaskComputesOnTheGpuThatSparkHasAssigned() {
    assertThat(TaskDevice.of(task("3"), DeviceChoice.AUTO)).isEqualTo(new ComputeDevice(3));
    assertThat(TaskDevice.assignedGpus(task("3", "4"))).containsExactly("3", "4");
  }

  @Test
  void withoutAnAssignedGpuItIsTheCpu() {
    assertThat(TaskDevice.of(task(), DeviceChoice.AUTO)).isEqualTo(ComputeDevice.CPU);
    assertThat(TaskDevice.of(null, DeviceChoice.AUTO)).isEqualTo(ComputeDevice.CPU);
  }

  @Test
  void theTokenBudgetSuitsTheDeviceUnlessItIsGiven() {
    ComputeDevice gpu = new ComputeDevice(0);
    assertThat(settings(0).options(1, ComputeDevice.CPU).tokenBudget())
        .isEqualTo(EncoderOptions.DEFAULT_TOKEN_BUDGET);
    EncoderOptions onGpu = settings(0).options(1, gpu);
    assertThat(onGpu.tokenBudget()).isEqualTo(EncoderOptions.DEFAULT_GPU_TOKEN_BUDGET);
    assertThat(onGpu.device()).isEqualTo(gpu);
    assertThat(settings(64).options(1, gpu).tokenBudget()).isEqualTo(64);
  }

  private static EncodingSettings settings(int tokenBudget) {
    return new EncodingSettings(
        0, tokenBudget, 0, "", 0, false, Precision.FLOAT32, DeviceChoice.AUTO);
  }
}
