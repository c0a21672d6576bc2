package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class FetchProgressTest {
  private final StringWriter err = new StringWriter();
  private long nanos;

  private FetchProgress progress(boolean terminal) {
    return new FetchProgress(
        "org/m", new StatusLine(new PrintWriter(err, true), terminal), () -> nanos);
  }

  private void after(FetchProgress progress, double seconds, String file, long done, long total) {
    nanos += Math.round(seconds * 1e9);
    progress.update(file, done, total);
  }

  @Test
  void aLogHasALineNowAndThen() {
    FetchProgress progress = progress(false);
    after(progress, 0, "config.json", 0, 500);
    after(progress, 1, "config.json", 500, 500);
    after(progress, 1, "model.safetensors", 0, 90_000_000);
    after(progress, 9, "model.safetensors", 45_000_000, 90_000_000);
    after(progress, 2, "model.safetensors", 90_000_000, 90_000_000);
    progress.finish();
    assertThat(err.toString().lines())
        .containsExactly(
            "sbert-spark: fetching model org/m",
            "sbert-spark: fetching model org/m: model.safetensors, 45.0 MB of 90.0 MB (50%)",
            "sbert-spark: fetched model org/m: 2 files, 90.0 MB in 13 s");
  }

  @Test
  void aTerminalHasOneLineThatIsWiped() {
    FetchProgress progress = progress(true);
    after(progress, 0, "model.safetensors", 0, -1);
    after(progress, 0.2, "model.safetensors", 1_000_000, -1);
    progress.close();
    String shown = "fetching model org/m: model.safetensors, 1.0 MB";
    assertThat(err.toString())
        .isEqualTo("\rfetching model org/m\r" + shown + "\r" + " ".repeat(shown.length()) + "\r");
  }

  @Test
  void nothingIsSaidWhereNothingIsFetched() {
    FetchProgress progress = progress(false);
    progress.finish();
    progress.close();
    assertThat(err.toString()).isEmpty();
  }
}
