package org.sbertspark.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.sbertspark.inference.GoldenReport;
import org.sbertspark.inference.GoldenTexts;
import org.sbertspark.model.ModelException;

/**
 * What the demo model gives on a machine that computes right. Whoever loads a bundle computes its
 * golden vectors again, but those of the demo model were computed on this machine as well; these
 * come from elsewhere.
 */
final class SelfTest {
  private SelfTest() {}

  static GoldenTexts golden() {
    try (InputStream in = SelfTest.class.getResourceAsStream("self-test.json")) {
      return new ObjectMapper().readValue(in, GoldenTexts.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Judges this machine.
   *
   * @throws ModelException if it computes other vectors than others do
   */
  static void require(GoldenReport report) {
    if (!(report.largestDifference() <= GoldenTexts.TOLERANCE)) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "This machine gives the demo model other vectors than it should: "
                  + "largest difference %.2e of the norm, expected at most %.0e",
              report.largestDifference(),
              GoldenTexts.TOLERANCE));
    }
  }
}
