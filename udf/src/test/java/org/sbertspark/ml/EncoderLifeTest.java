package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.many;
import static org.sbertspark.ml.Texts.model;

import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** One encoder a task, closed however the task ends. */
@ExtendWith(TestCache.class)
class EncoderLifeTest {
  private final SparkSession session = SparkTestSession.get();
  private final SparkContext spark = session.sparkContext();
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  @BeforeEach
  void noEncoderIsOpen() {
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  @Test
  void aTaskKilledInMidBatchClosesItsEncoder() throws Exception {
    // One window with a batch for each text: more than is done before the kill is seen.
    Dataset<Row> endless =
        embedder().setWindowRows(20_000).setTokenBudget(1).transform(many(20_000, 1));
    Future<?> job = submit("interrupted", true, endless);
    await(EncoderLifeTest::aTaskIsInTheEngine);
    spark.cancelJobGroup("interrupted");
    assertCancelled(job);
    await(() -> SharedModels.openEncoders() == 0);
  }

  @Test
  void aTaskKilledWithoutAnInterruptEndsBeforeItsNextWindow() throws Exception {
    EmbeddingStats stats = EmbeddingStats.register(spark, "killed");
    Dataset<Row> endless = embedder().setWindowRows(20).transform(many(200_000, 1), stats);
    Future<?> job = submit("flagged", false, endless);
    await(() -> SharedModels.openEncoders() == 1);
    spark.cancelJobGroup("flagged");
    assertCancelled(job);
    await(() -> SharedModels.openEncoders() == 0);
  }

  @Test
  void aFailureBehindTheStageClosesTheEncoder() {
    FilterFunction<Row> fails =
        row -> {
          assertThat(SharedModels.openEncoders()).isEqualTo(1);
          throw new IllegalStateException("fails on purpose");
        };
    Dataset<Row> embedded = embedder().transform(many(100, 1)).filter(fails);
    assertThatThrownBy(embedded::collectAsList).hasMessageContaining("fails on purpose");
    assertThat(SharedModels.openEncoders()).isZero();
  }

  @Test
  void aFailureBehindTheSqlFunctionClosesTheEncoder() {
    SentenceFunctions.register(session, model());
    FilterFunction<Row> fails =
        row -> {
          assertThat(SharedModels.openEncoders()).isEqualTo(1);
          throw new IllegalStateException("fails on purpose");
        };
    Dataset<Row> embedded = many(10, 1).selectExpr("sbert_embed(text) as v").filter(fails);
    assertThatThrownBy(embedded::collectAsList).hasMessageContaining("fails on purpose");
    assertThat(SharedModels.openEncoders()).isZero();
  }

  private Future<?> submit(String group, boolean interrupt, Dataset<Row> dataset) {
    return executor.submit(
        () -> {
          spark.setJobGroup(group, group, interrupt);
          return dataset.collectAsList();
        });
  }

  private static void assertCancelled(Future<?> job) {
    assertThatThrownBy(() -> job.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("cancelled");
  }

  private static boolean aTaskIsInTheEngine() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().startsWith("Executor task launch"))
        .flatMap(thread -> Arrays.stream(thread.getValue()))
        .anyMatch(frame -> frame.getClassName().startsWith("ai.djl.pytorch.jni."));
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("gave up waiting").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
