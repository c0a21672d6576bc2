package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;

/**
 * Does memory stay where it is? Rows of random lengths through one JVM, in windows as a task has
 * them, an encoder for each "task"; the resident memory of the process now and then. Fails if the
 * last tenth of the run has more than {@value #TOLERATED_GROWTH} times what the second tenth had.
 *
 * <p>Arguments: rows (1000000), file for the result (a table in Markdown).
 */
public final class Soak {
  private static final int WINDOW_ROWS = 2048;
  private static final int WINDOWS_OF_A_TASK = 10;
  private static final int WORDS = 5000;
  private static final int LONGEST_TEXT = 200;
  private static final int SAMPLES = 50;
  private static final double TOLERATED_GROWTH = 1.05;

  private final SplittableRandom random = new SplittableRandom(1);

  private Soak() {}

  public static void main(String[] arguments) throws IOException {
    new Soak().run(Integer.parseInt(arguments[0]), Path.of(arguments[1]));
  }

  private void run(int rows, Path result) throws IOException {
    Path folder = Files.createTempDirectory("sbert-spark-soak").resolve("model");
    new SyntheticModel(1, 32, 2, 64, 8000).write(folder, texts(WINDOW_ROWS));
    Path bundle = ModelBundle.of(folder).file();
    List<Double> resident = new ArrayList<>();
    StringBuilder table = new StringBuilder("| rows | resident MB |\n|--:|--:|\n");
    int step = Math.max(WINDOW_ROWS, rows / SAMPLES);
    int done = 0;
    int nextSample = step;
    while (done < rows) {
      try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
        for (int window = 0; window < WINDOWS_OF_A_TASK && done < rows; window++) {
          int count = Math.min(WINDOW_ROWS, rows - done);
          encoder.encode(texts(count));
          done += count;
        }
      }
      if (done >= nextSample) {
        resident.add(Machine.residentMegabytes());
        table.append(
            String.format(Locale.ROOT, "| %d | %.0f |%n", done, resident.get(resident.size() - 1)));
        nextSample += step;
      }
    }
    int tenth = Math.max(1, resident.size() / 10);
    double early = mean(resident.subList(Math.min(tenth, resident.size() - 1), 2 * tenth));
    double late = mean(resident.subList(resident.size() - tenth, resident.size()));
    Files.writeString(
        result,
        String.format(
            Locale.ROOT,
            "%,d rows of 1 to %d words through one JVM (%s, heap at most %d MB). Resident memory:"
                + " %.0f MB in the second tenth of the run, %.0f MB in the last.%n%n%s",
            rows,
            LONGEST_TEXT,
            Machine.cpu(),
            Runtime.getRuntime().maxMemory() >> 20,
            early,
            late,
            table));
    if (late > TOLERATED_GROWTH * early) {
      throw new IllegalStateException(
          "Resident memory grew from %.0f to %.0f MB, see %s".formatted(early, late, result));
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(d -> d).average().orElseThrow();
  }

  private List<String> texts(int count) {
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      // Most are short, a few are long, as texts are.
      int words = 1 + (int) (LONGEST_TEXT * Math.pow(random.nextDouble(), 3));
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < words; word++) {
        text.append("w").append(Integer.toString(random.nextInt(WORDS), 36)).append(' ');
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
