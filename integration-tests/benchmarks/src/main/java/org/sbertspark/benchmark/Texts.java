package org.sbertspark.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sbertspark.job.demo.SampleCorpus;
import org.sbertspark.job.demo.SampleCorpus.SampleText;

/** The texts that are embedded: each once, so that folding duplicates flatters nobody. */
final class Texts {
  private Texts() {}

  /**
   * Evenly from all texts there are.
   *
   * @param folder tab-separated files: score, sentence 1, sentence 2; null: the sample corpus
   */
  static List<String> read(Path folder, int rows) throws IOException {
    Set<String> all = new LinkedHashSet<>();
    if (folder == null) {
      SampleCorpus.texts().stream().map(SampleText::text).forEach(all::add);
    } else {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".tsv")).sorted().toList()) {
          for (String line : Files.readAllLines(file)) {
            all.addAll(Arrays.asList(line.split("\t")).subList(1, 3));
          }
        }
      }
    }
    List<String> sentences = new ArrayList<>(all);
    double step = Math.max(1, sentences.size() / (double) rows);
    return IntStream.range(0, Math.min(rows, sentences.size()))
        .mapToObj(i -> sentences.get((int) (i * step)))
        .toList();
  }
}
