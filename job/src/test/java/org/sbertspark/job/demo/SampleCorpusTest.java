package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.job.demo.SampleCorpus.SampleText;

class SampleCorpusTest {

  @Test
  void twelveTopicsHaveSixtyTextsEach() {
    assertThat(
            SampleCorpus.topics().stream()
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting())))
        .hasSize(12)
        .allSatisfy((topic, texts) -> assertThat(texts).isEqualTo(60));
  }

  @Test
  void textsAreDifferentAndTheirIdsUnique() {
    List<SampleText> texts = SampleCorpus.texts();
    assertThat(texts).hasSameSizeAs(SampleCorpus.topics());
    assertThat(texts.stream().map(SampleText::id)).doesNotHaveDuplicates();
    assertThat(texts.stream().map(SampleText::text))
        .doesNotHaveDuplicates()
        .noneMatch(String::isBlank);
  }

  @Test
  void everyFifthTextIsHeldOut() {
    assertThat(new SampleText(10, "x").heldOut()).isTrue();
    assertThat(new SampleText(11, "x").heldOut()).isFalse();
    assertThat(SampleCorpus.texts().stream().filter(SampleText::heldOut)).hasSize(144);
  }

  @Test
  void proseIsCutIntoSentences() {
    assertThat(SampleCorpus.prose())
        .hasSizeGreaterThan(50)
        .allMatch(sentence -> !sentence.isBlank() && !sentence.contains("\n"));
  }

  @Test
  void writtenCorpusHasOneLineATextInTheSameOrder(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("corpus.jsonl");
    SampleCorpus.write(file);
    assertThat(Files.readAllLines(file)).hasSameSizeAs(SampleCorpus.texts());
  }
}
