package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.DevSet.ScoredTexts;

/** The files that {@code train --dev} reads. */
class DevPairsTest {
  @TempDir private Path folder;

  private final StringWriter warnings = new StringWriter();

  private DevSet read(String name, String content) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content.translateEscapes());
    return DevPairs.read(file.toString(), SparkTestSession.get(), new PrintWriter(warnings));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "sts.tsv|4.5\\ta \"cat\\ta tom, cat\\n1\\tb\\tc\\n",
        "sick.txt|pair_ID\\tsentence_A\\tsentence_B\\trelatedness_score\\n7\\ta \"cat\\ta tom, cat\\t4.5\\n8\\tb\\tc\\t1.0\\n",
        "table.txt|label\\tsentence1\\tsentence2\\n4.5\\ta \"cat\\ta tom, cat\\n1\\tb\\tc\\n",
        "table.tsv|score\\tsentence1\\tsentence2\\n4.5\\ta \"cat\\ta tom, cat\\n1\\tb\\tc\\n",
        "table.csv|sentence1,sentence2,label\\n\"a \"\"cat\",\"a tom, cat\",4.5\\nb,c,1\\n",
        "table.jsonl|{\"score\": 4.5, \"sentence1\": \"a \\\\\"cat\", \"sentence2\": \"a tom, cat\"}\\n{\"score\": 1, \"sentence1\": \"b\", \"sentence2\": \"c\"}\\n",
      })
  void pairsOfAllKindsOfFiles(String name, String content) throws IOException {
    assertThat(read(name, content).pairs())
        .containsExactlyInAnyOrder(
            new ScoredTexts(4.5, "a \"cat", "a tom, cat"), new ScoredTexts(1, "b", "c"));
  }

  /** They were taken for a header once, and the pair was lost. */
  @ParameterizedTest
  @ValueSource(strings = {"-0.5", "1e-3", "4E0"})
  void firstScoreMayBeNegativeOrHaveAnExponent(String score) throws IOException {
    assertThat(read("sts.tsv", score + "\tc\td\n4.5\ta\tb\n2\te\tf\n").pairs())
        .contains(new ScoredTexts(Double.parseDouble(score), "c", "d"))
        .hasSize(3);
  }

  @Test
  void linesAndTablesMayLieTogether() throws IOException {
    read("a.tsv", "5\ta\tb\n3\tc\td\n");
    read("b.tsv", "sentence2\tsentence1\tscore\nf\te\t1\nh\tg\t2\n");
    read("c.txt", "sentence_A\tsentence_B\trelatedness_score\ni\tj\t4\nk\tl\t1\n");
    assertThat(
            DevPairs.read(folder + "/*.t*", SparkTestSession.get(), new PrintWriter(warnings))
                .pairs())
        .hasSize(6)
        .contains(new ScoredTexts(1, "e", "f"), new ScoredTexts(4, "i", "j"));
  }

  @Test
  void malformedRecordsAreToldAndLeftOut() throws IOException {
    assertThat(
            read(
                    "a.jsonl",
                    "{\"score\": 1, \"sentence1\": \"a\", \"sentence2\": \"b\"}\n{\"score\": 2, \"sentence1\": \"c\", \"sentence2\": \"d\"}\nSECRET\n")
                .pairs())
        .hasSize(2);
    assertThat(warnings.toString())
        .contains("warning: 1 malformed records")
        .doesNotContain("SECRET");
  }

  @Test
  void scoresThatAreNoNumbersAreRefused() {
    assertThatThrownBy(() -> read("a.csv", "score,sentence1,sentence2\n1,a,b\nSECRET,c,d\n"))
        .isInstanceOf(JobException.class)
        .hasMessageContaining("1 of its values are no numbers");
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
