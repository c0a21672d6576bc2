package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.many;
import static org.sbertspark.ml.Texts.numbered;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.ml.EmbeddingStats.OfPartition;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class EmbeddingStatsTest {
  private final SparkContext spark = SparkTestSession.get().sparkContext();
  private final EmbeddingStats stats = EmbeddingStats.register(spark, "test");

  @Test
  void aLaterRunOfAPartitionReplacesAnEarlierOne() {
    stats.merge(task(new OfPartition(0, rows(5)), new OfPartition(0, rows(5))));
    stats.merge(task(new OfPartition(1, rows(3))));
    assertThat(stats.value().rowsIn()).isEqualTo(13);
    stats.merge(task(new OfPartition(0, rows(10))));
    assertThat(stats.value().rowsIn()).isEqualTo(13);
    stats.reset();
    assertThat(stats.isZero()).isTrue();
    assertThat(stats.value()).isEqualTo(EmbeddingTotals.NONE);
  }

  @Test
  void aHeartbeatMayLookBeforeTheFieldsAreThere() throws ReflectiveOperationException {
    EmbeddingStats halfRead = stats.copy();
    for (String name : new String[] {"sum", "partitions"}) {
      Field field = EmbeddingStats.class.getDeclaredField(name);
      field.setAccessible(true);
      field.set(halfRead, null);
    }
    assertThat(halfRead.isZero()).isTrue();
    assertThat(halfRead.value()).isEqualTo(EmbeddingTotals.NONE);
  }

  @Test
  void everythingIsCounted() {
    Dataset<Row> input = numbered(Arrays.asList("same", null, "same", "word ".repeat(600)), 1);
    embedder().setTokenBudget(1).transform(input, stats).collectAsList();
    EmbeddingTotals totals = stats.value();
    assertThat(totals.rowsIn()).isEqualTo(4);
    assertThat(totals.rowsOut()).isEqualTo(4);
    assertThat(totals.nulls()).isEqualTo(1);
    assertThat(totals.skipped()).isZero();
    assertThat(totals.duplicates()).isEqualTo(1);
    assertThat(totals.truncated()).isEqualTo(1);
    assertThat(totals.batches()).isEqualTo(2);
    assertThat(totals.tokens() - totals.usefulTokens()).as("tokens of the duplicate").isPositive();
    assertThat(totals.computedTokens()).isEqualTo(totals.usefulTokens());
  }

  @Test
  void aSecondActionCountsNothingTwice() {
    Dataset<Row> embedded = embedder().transform(many(40, 3), stats);
    embedded.collectAsList();
    EmbeddingTotals once = stats.value();
    embedded.collectAsList();
    assertThat(stats.value()).isEqualTo(once);
    assertThat(once.rowsOut()).isEqualTo(40);
  }

  @Test
  void aTaskThatReadsSeveralPartitionsCountsAll() {
    embedder().transform(many(40, 4), stats).coalesce(1).collectAsList();
    assertThat(stats.value().rowsIn()).isEqualTo(40);
    assertThat(stats.value().rowsOut()).isEqualTo(40);
  }

  @Test
  void aFailedAttemptIsNotCounted() {
    FilterFunction<Row> failsFirst =
        row -> {
          if (TaskContext.get().attemptNumber() == 0 && row.getLong(0) == 25) {
            throw new IllegalStateException("fails once, on purpose");
          }
          return true;
        };
    Dataset<Row> embedded = embedder().setWindowRows(10).transform(many(40, 1), stats);
    assertThat(embedded.filter(failsFirst).collectAsList()).hasSize(40);
    assertThat(stats.value().rowsIn()).isEqualTo(40);
    assertThat(stats.value().encoding().texts()).isEqualTo(40);
  }

  @Test
  void aFailedJobLeavesItsPartitionsUncounted() {
    FilterFunction<Row> fails =
        row -> {
          throw new IllegalStateException("fails on purpose");
        };
    Dataset<Row> embedded = embedder().transform(many(4, 1), stats);
    assertThatThrownBy(embedded.filter(fails)::collectAsList)
        .hasMessageContaining("fails on purpose");
    assertThat(stats.isZero()).isTrue();
  }

  /** Lets a task wait between two windows; static, since tasks get copies of their closures. */
  private static CountDownLatch goOn;

  @Test
  void progressSeesRunningTasks() throws Exception {
    EmbeddingProgress progress = new EmbeddingProgress(stats);
    CountDownLatch seen = new CountDownLatch(1);
    SparkListener watcher =
        new SparkListener() {
          @Override
          public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
            if (progress.soFar().rowsIn() == 30) {
              seen.countDown();
            }
          }
        };
    goOn = new CountDownLatch(1);
    FilterFunction<Row> waits =
        row -> {
          if (row.getLong(0) == 25) {
            goOn.await();
          }
          return true;
        };
    spark.addSparkListener(progress);
    spark.addSparkListener(watcher);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Dataset<Row> embedded = embedder().setWindowRows(10).transform(many(50, 1), stats);
      Future<?> job = executor.submit(() -> embedded.filter(waits).collectAsList());
      assertThat(seen.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(stats.isZero()).as("the task still runs").isTrue();
      goOn.countDown();
      job.get(60, TimeUnit.SECONDS);
      assertThat(stats.value().rowsOut()).isEqualTo(50);
    } finally {
      goOn.countDown();
      executor.shutdownNow();
      spark.removeSparkListener(watcher);
      spark.removeSparkListener(progress);
    }
  }

  private EmbeddingStats task(OfPartition... counts) {
    EmbeddingStats ofTask = stats.copy();
    ofTask.reset();
    Arrays.stream(counts).forEach(ofTask::add);
    return ofTask;
  }

  private static EmbeddingTotals rows(int rows) {
    return new EmbeddingTotals(rows, rows, 0, 0, 0, EncodingStats.NONE);
  }
}
