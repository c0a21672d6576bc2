package org.sbertspark.ml;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.sbertspark.inference.SharedModels;

/**
 * Shows in Spark's metrics system (JMX, Prometheus, CSV …) what each executor does; asked for with
 * {@code spark.plugins=org.sbertspark.ml.EmbeddingMetrics}. {@code rows} and {@code tokens} have
 * rates per second beside their counts; {@code batches}, {@code computedTokens} (padding included),
 * {@code duplicates}, {@code truncated}, {@code nulls} and {@code failed} are counts; {@code
 * modelLoads} and {@code modelLoadMillis} tell what loading models has cost.
 *
 * <p>All since the JVM's start, whatever asked for it: work that is done again counts again. For
 * exact counts of a dataset see {@link EmbeddingStats}.
 */
public final class EmbeddingMetrics implements SparkPlugin {
  private static final Meter ROWS = new Meter();
  private static final Meter TOKENS = new Meter();
  private static final Counter BATCHES = new Counter();
  private static final Counter COMPUTED_TOKENS = new Counter();
  private static final Counter DUPLICATES = new Counter();
  private static final Counter TRUNCATED = new Counter();
  private static final Counter NULLS = new Counter();
  private static final Counter FAILED = new Counter();

  /** Counts what a task has done. Thread-safe. */
  static void add(EmbeddingTotals more) {
    ROWS.mark(more.rowsIn());
    TOKENS.mark(more.tokens());
    BATCHES.inc(more.batches());
    COMPUTED_TOKENS.inc(more.computedTokens());
    DUPLICATES.inc(more.duplicates());
    TRUNCATED.inc(more.truncated());
    NULLS.inc(more.nulls());
    FAILED.inc(more.failed());
  }

  static void register(MetricRegistry metrics) {
    metrics.register("rows", ROWS);
    metrics.register("tokens", TOKENS);
    metrics.register("batches", BATCHES);
    metrics.register("computedTokens", COMPUTED_TOKENS);
    metrics.register("duplicates", DUPLICATES);
    metrics.register("truncated", TRUNCATED);
    metrics.register("nulls", NULLS);
    metrics.register("failed", FAILED);
    metrics.register("modelLoads", (Gauge<Integer>) SharedModels::loads);
    metrics.register("modelLoadMillis", (Gauge<Long>) SharedModels::loadMillis);
  }

  /** None: the driver embeds nothing, but in local mode, where it is an executor as well. */
  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> extraConf) {
        register(context.metricRegistry());
      }
    };
  }
}
