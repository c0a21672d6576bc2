package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.DevSet.ScoredTexts;

/** The files that {@code train --dev} reads. */
class DevPairsTest {
  @TempDir private Path folder;

  private DevSet read(String name, String content) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content.translateEscapes());
    return DevPairs.read(file.toString(), SparkTestSession.get());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "sts.tsv|4.5\\ta \"cat\\ta tom, cat\\n1\\tb\\tc\\n",
        "sick.txt|pair_ID\\tsentence_A\\tsentence_B\\trelatedness_score\\n7\\ta \"cat\\ta tom, cat\\t4.5\\n8\\tb\\tc\\t1.0\\n",
        "table.tsv|score\\tsentence1\\tsentence2\\n4.5\\ta \"cat\\ta tom, cat\\n1\\tb\\tc\\n",
        "table.csv|sentence1,sentence2,label\\n\"a \"\"cat\",\"a tom, cat\",4.5\\nb,c,1\\n",
        "table.jsonl|{\"score\": 4.5, \"sentence1\": \"a \\\\\"cat\", \"sentence2\": \"a tom, cat\"}\\n{\"score\": 1, \"sentence1\": \"b\", \"sentence2\": \"c\"}\\n",
      })
  void pairsOfAllKindsOfFiles(String name, String content) throws IOException {
    assertThat(read(name, content).pairs())
        .containsExactlyInAnyOrder(
            new ScoredTexts(4.5, "a \"cat", "a tom, cat"), new ScoredTexts(1, "b", "c"));
  }

  @Test
  void pairsWithoutScoreAreLeftOut() throws IOException {
    assertThat(read("sts.tsv", "\tc\td\n4\ta\tb\n2\te\tf\n").pairs()).hasSize(2);
  }

  @Test
  void fileWithOneScoreOnlyIsRefused() {
    assertThatThrownBy(() -> read("sts.tsv", "4\ta\tb\n4\tc\td\n"))
        .isInstanceOf(JobException.class)
        .hasMessageContaining("Cannot evaluate on ")
        .hasMessageEndingWith(
            "The dev set has 2 pairs with one score at most, expected different scores");
  }
}
