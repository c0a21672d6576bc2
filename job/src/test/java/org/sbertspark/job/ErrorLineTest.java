package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.sbertspark.model.ModelException;

class ErrorLineTest {
  @Test
  void ourOwnExceptionSpeaksForAllThatWrapIt() {
    Throwable ours = new ModelException("Cannot load model m: it is damaged\nmore");
    assertThat(ErrorLine.of(new SparkException("Job aborted", new RuntimeException(ours))))
        .isEqualTo("Cannot load model m: it is damaged");
  }

  @Test
  void ourExceptionIsFoundInTheMessageOfAFailedTask() {
    String message =
        """
        Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times, most recent failure: \
        Lost task 0.3 in stage 1.0 (TID 3) (host executor 1): org.apache.spark.SparkException: Task failed
        \tat org.apache.spark.Some.method(Some.scala:1)
        Caused by: org.sbertspark.model.ModelException: Cannot load model m: it is damaged
        \tat org.sbertspark.Other.method(Other.java:1)
        """;
    assertThat(ErrorLine.of(new SparkException(message)))
        .isEqualTo("Cannot load model m: it is damaged");
  }

  @Test
  void aLostExecutorPointsToItsMemory() {
    assertThat(
            ErrorLine.of(
                new SparkException("Task 0 failed: ExecutorLostFailure (executor 1 exited)\nx")))
        .contains("ExecutorLostFailure", "spark.executor.memoryOverhead")
        .doesNotContain("\n");
  }

  @Test
  void anUnreachableMasterIsNotCalledAStoppedContext() {
    assertThat(
            ErrorLine.of(
                new IllegalStateException("Cannot call methods on a stopped SparkContext.\nstack")))
        .contains("no master answered", "--master");
  }

  @Test
  void aFullHeapNamesTheOptionsThatMakeItLarger() {
    assertThat(ErrorLine.of(new OutOfMemoryError("Java heap space")))
        .contains("out of memory", "--driver-memory", "--executor-memory");
  }

  @Test
  void aCycleOfCausesEnds() {
    Exception one = new RuntimeException("one");
    Exception two = new RuntimeException("two", one);
    one.initCause(two);
    assertThat(ErrorLine.of(two)).contains("one");
  }
}
