package org.sbertspark.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Files of examples for tests; in the system's folder for temporary files. */
final class ExampleFiles {
  private ExampleFiles() {}

  static ExampleFile of(List<List<String>> examples) {
    try {
      Path folder = Files.createTempDirectory("sbert-spark-examples");
      folder.toFile().deleteOnExit();
      try (ExampleFile.Writer writer = ExampleFile.create(folder.resolve("examples"), "pairs")) {
        for (List<String> example : examples) {
          writer.add(example);
        }
        return writer.finish();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** So many pairs without a common text: a0 and b0, a1 and b1… */
  static ExampleFile pairs(int count) {
    return of(IntStream.range(0, count).mapToObj(i -> List.of("a" + i, "b" + i)).toList());
  }

  static List<Example> all(ExampleFile file) {
    return IntStream.range(0, file.size()).mapToObj(file::get).toList();
  }
}
