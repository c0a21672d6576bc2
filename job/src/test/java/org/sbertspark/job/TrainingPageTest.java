package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.job.report.ReportPage;
import org.sbertspark.training.StepMetrics;
import org.sbertspark.training.TrainingRecipe;
import org.sbertspark.training.TrainingReport.DataSet;

/** The page of {@code train --report}, as data and in a browser. */
class TrainingPageTest {
  private static final String TITLE = "</script><img src=x> & co";

  @TempDir private Path folder;

  /** The loss falls as 1/step; every 100th step was looked at on the dev set. */
  private static List<StepMetrics> steps(int count) {
    List<StepMetrics> steps = new ArrayList<>();
    for (int step = 1; step <= count; step++) {
      Double dev = step % 100 == 0 ? Double.valueOf(step == 200 ? 0.75 : 0.5) : null;
      steps.add(new StepMetrics(step, 1.0 / step, 2e-5, 3, 1000, 0.5, dev));
    }
    return steps;
  }

  private static ObjectNode data(Double startDev, List<StepMetrics> steps) {
    DataSet set = new DataSet("pairs.tsv", 1234, 2, 3);
    return TrainingPage.of(TITLE, "a-base", TrainingRecipe.CARD, List.of(set), startDev, steps);
  }

  private String dom(Double startDev, List<StepMetrics> steps)
      throws IOException, InterruptedException {
    Path page = folder.resolve("page.html");
    try (Writer out = Files.newBufferedWriter(page)) {
      ReportPage.TRAINING.write(data(startDev, steps), BuildInfo.CURRENT.chartJs(), out);
    }
    return HeadlessBrowser.find().open(page, Files.createTempDirectory(folder, "profile"));
  }

  @Test
  void linesOfMetricsBecomeSteps() {
    String lines =
        """
        {"step":1,"loss":2.5,"learningRate":0.0,"gradNorm":1.5,"tokens":100,"seconds":0.25}
        {"step":2,"loss":2.0,"learningRate":1.0E-5,"gradNorm":1.25,"tokens":90,"seconds":0.5,"dev":0.7}
        """;
    assertThat(TrainingPage.steps(lines))
        .containsExactly(
            new StepMetrics(1, 2.5, 0, 1.5, 100, 0.25, null),
            new StepMetrics(2, 2, 1e-5, 1.25, 90, 0.5, 0.7));
  }

  @Test
  void longTrainingShowsMeansOfSeveralSteps() {
    JsonNode data = data(0.25, steps(5001));
    JsonNode curve = data.get("curve");
    assertThat(curve.get("bucket").intValue()).isEqualTo(3);
    assertThat(curve.get("step")).hasSize(1667);
    assertThat(curve.get("step").get(1666).longValue()).isEqualTo(5001);
    assertThat(curve.get("loss").get(0).doubleValue())
        .isCloseTo((1 + 0.5 + 1.0 / 3) / 3, within(1e-6));
    assertThat(data.get("steps").longValue()).isEqualTo(5001);
    assertThat(data.get("tokens").longValue()).isEqualTo(5_001_000);
    assertThat(data.get("dev").get("step")).hasSize(51);
  }

  @Test
  void browserShowsFactsTablesAndCurves() throws Exception {
    assertThat(dom(0.25, steps(300)))
        .contains("<title>Training of &lt;/script&gt;&lt;img src=x&gt; &amp; co</title>")
        .doesNotContain("<img")
        .contains("<dd>300</dd>", "<dd>0.0033</dd>", "<dd>2,000</dd>", "<dd>0.7500</dd>")
        .contains(
            "the best, 0.7500, at step 200", "pairs.tsv", "<td data-name=\"Value\">2.0E-5</td>")
        .doesNotContain("id=\"dev-section\" aria-labelledby=\"dev-title\" hidden");
  }

  @Test
  void pageWithoutDevSetHasNoCurveOfIt() throws Exception {
    assertThat(dom(null, steps(5)))
        .contains("aria-labelledby=\"dev-title\" hidden", "Each point is a step.");
  }
}
