package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotsTest {
  @ParameterizedTest(name = "{0} cores, {1} an executor, {2} a task: {3} tasks")
  @CsvSource({
    "8, 8, 1, 8",
    "8, 8, 2, 4",
    "20, 5, 2, 8",
    "20, , 2, 10",
    "2, 4, 1, 4",
    "2, 2, 4, 1",
  })
  void tasksAtOnceOfAllExecutors(int allCores, Integer cores, int taskCpus, int tasks) {
    assertThat(new Slots(Optional.ofNullable(cores), taskCpus).inAll(allCores)).isEqualTo(tasks);
  }
}
