package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {

  /** Addresses are separated by blanks. */
  @ParameterizedTest
  @CsvSource({
    "auto, '', cpu",
    "auto, 3, cuda:3",
    "auto, 2 5, cuda:2",
    "cpu, '', cpu",
    "cpu, 3, cpu",
    "cuda, '', cuda:0",
    "cuda, 3, cuda:3",
    "cuda:1, '', cuda:1",
    "cuda:5, 2 5, cuda:5",
    "CUDA:12, '', cuda:12",
  })
  void theAssignedGpuComesBeforeTheFirst(String label, String addresses, String device) {
    List<String> assigned = addresses.isEmpty() ? List.of() : List.of(addresses.split(" "));
    assertThat(new DeviceChoice(label).resolve(assigned)).hasToString(device);
  }

  @Test
  void aGpuOfAnotherTaskIsRefused() {
    assertThatThrownBy(() -> new DeviceChoice("cuda:1").resolve(List.of("0", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot use cuda:1: the scheduler has assigned GPU 0, 2 to this task; use device auto");
  }

  @Test
  void anAddressThatIsNoNumberIsNamed() {
    assertThatThrownBy(() -> DeviceChoice.AUTO.resolve(List.of("GPU-8f3a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Cannot use the GPU that the scheduler has assigned: its address is \"GPU-8f3a\","
                + " expected its number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:-1", "cuda:99999", "cuda:1,2", " cpu"})
  void otherLabelsAreRefused(String label) {
    assertThatThrownBy(() -> new DeviceChoice(label))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device is \"%s\", expected one of auto, cpu, cuda, cuda:N".formatted(label));
  }
}
