package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;

/** Inputs and what SciPy, scikit-learn and sentence-transformers make of them. */
final class GoldenMetrics {
  static final Offset<Double> EXACT = within(1e-9);

  private GoldenMetrics() {}

  static JsonNode of(String metric) throws IOException {
    JsonNode golden =
        new ObjectMapper()
            .readTree(GoldenMetrics.class.getResource("/golden/metrics.json"))
            .get(metric);
    assertThat(golden).isNotEmpty();
    return golden;
  }

  static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }
}
