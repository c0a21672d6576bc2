package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import org.junit.jupiter.api.Test;
import org.sbertspark.inference.EncodingStats;

class EmbeddingMetricsTest {
  @Test
  void countsAreThoseOfAllTasks() {
    MetricRegistry metrics = new MetricRegistry();
    EmbeddingMetrics.register(metrics);
    long rows = metrics.getMeters().get("rows").getCount();
    long tokens = metrics.getMeters().get("tokens").getCount();
    long failed = metrics.getCounters().get("failed").getCount();
    EncodingStats encoding = new EncodingStats(5, 1, 2, 30, 20, 24, 3);
    EmbeddingMetrics.add(new EmbeddingTotals(6, 6, 1, 0, 2, encoding));
    EmbeddingMetrics.add(new EmbeddingTotals(4, 4, 0, 0, 0, encoding));
    assertThat(metrics.getMeters().get("rows").getCount() - rows).isEqualTo(10);
    assertThat(metrics.getMeters().get("tokens").getCount() - tokens).isEqualTo(60);
    assertThat(metrics.getCounters().get("failed").getCount() - failed).isEqualTo(2);
    assertThat(metrics.getGauges()).containsKeys("modelLoads", "modelLoadMillis");
  }

  @Test
  void theDriverHasNoPluginAndTheExecutorOne() {
    assertThat(new EmbeddingMetrics().driverPlugin()).isNull();
    assertThat(new EmbeddingMetrics().executorPlugin()).isNotNull();
  }
}
