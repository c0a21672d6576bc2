package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.TestCache;

/** What is said where a GPU is asked for and cannot be had. */
@ExtendWith(TestCache.class)
class GpuRefusalTest {
  private static final ComputeDevice SECOND = new ComputeDevice(1);

  @Test
  void nativesForCpusAreNamedWithTheCure() {
    VisibleGpus none = new VisibleGpus(false, 0, true);
    assertThatThrownBy(() -> none.require(SECOND, "2.7.1"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot use cuda:1: libtorch 2.7.1 sees 0 GPUs because its natives are those for CPUs;"
                + " let PYTORCH_LIBRARY_PATH name the folder lib of a libtorch for CUDA there, or"
                + " take device cpu");
  }

  @Test
  void aNumberBeyondTheLastGpuIsRefused() {
    VisibleGpus one = new VisibleGpus(true, 1, true);
    assertThatCode(() -> one.require(new ComputeDevice(0), "2.7.1")).doesNotThrowAnyException();
    assertThatThrownBy(() -> one.require(SECOND, "2.7.1"))
        .hasMessageStartingWith(
            "Cannot use cuda:1: libtorch 2.7.1 sees 1 GPUs; see what nvidia-smi");
  }

  @Test
  void whereGpusCannotBeCountedTheEngineDecides() {
    VisibleGpus some = new VisibleGpus(true, 1, false);
    assertThat(some).hasToString("at least 1 GPUs");
    assertThatCode(() -> some.require(SECOND, "2.7.1")).doesNotThrowAnyException();
  }

  @Test
  void theCpuIsAlwaysThere() {
    assertThatCode(() -> new VisibleGpus(false, 0, true).require(ComputeDevice.CPU, "2.7.1"))
        .doesNotThrowAnyException();
  }

  @Test
  void aModelOnAGpuThatIsNotThereIsRefusedAndTheCpuGoesOn() {
    ModelBundle bundle = ModelBundle.of(Golden.read(Golden.ROBERTA).folder());
    EncoderOptions gpu = EncoderOptions.DEFAULT.withDevice(new ComputeDevice(63));
    assertThatThrownBy(() -> SharedModels.encoder(bundle.file(), gpu))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot use cuda:63: libtorch ");
    SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT).close();
  }

  @Test
  void weightsThatDoNotFitAreRefusedWithSizes() {
    GpuMemory memory = new GpuMemory(300L << 20, 16_000L << 20);
    assertThatCode(() -> memory.requireRoom("m", SECOND, 300L << 20)).doesNotThrowAnyException();
    assertThatThrownBy(() -> memory.requireRoom("m", SECOND, 500L << 20))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot load model m on cuda:1: its weights need 500 MiB, and 300 of 16000 MiB are free"
                + " there; let fewer executors share the GPU, or take another device or a smaller"
                + " model");
  }

  @Test
  void eachKindOfDeviceRefusesThePrecisionOfTheOther() {
    assertThatThrownBy(() -> Precision.FLOAT16.requireSupport(ComputeDevice.CPU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("float16 is for GPUs: ")
        .hasMessageEndingWith("use float32 or int8, or a GPU (device cuda)");
    assertThatThrownBy(() -> Precision.INT8.requireSupport(SECOND))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("int8 is for CPUs: ")
        .hasMessageEndingWith("on cuda:1");
  }

  @Test
  void theBridgeToALibtorchForCudaIsOnTheClassPath() {
    String bridge = "/jnilib/linux-x86_64/" + TorchEngine.CUDA_FLAVOR + "/libdjl_torch.so";
    assertThat(TorchEngine.class.getResource(bridge)).isNotNull();
  }
}
