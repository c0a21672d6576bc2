package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoredPairTest {

  @Test
  void stsLineHasScoreAndSentences() {
    assertThat(ScoredPair.ofStsLine("0.8\t\"Then it was gone.\tThen it came back.  \r"))
        .contains(new ScoredPair(0.8, "\"Then it was gone.", "Then it came back."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"4.5\ta\tb", "-0.5\ta\tb", "1e-3\ta\tb", "+2E1\ta\tb", "\ta\tb", "\uFEFF 5 \t\t"})
  void stsLinesAreRecognised(String line) {
    assertThat(ScoredPair.isStsLine(line)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "score\ta\tb", "NaN\ta\tb", "1\ta", "1\ta\tb\tc", "1,a,b"})
  void otherLinesAreNot(String line) {
    assertThat(ScoredPair.isStsLine(line)).isFalse();
  }

  @Test
  void pairThatNobodyJudgedIsNone() {
    assertThat(ScoredPair.ofStsLine("\tone\tother")).isEmpty();
  }

  @Test
  void byteOrderMarkIsNoPartOfTheScore() {
    assertThat(ScoredPair.ofStsLine("\uFEFF5\ta\tb")).contains(new ScoredPair(5, "a", "b"));
  }

  @Test
  void otherLinesAreRefusedWithoutQuotingThem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredPair.ofStsLine("secret"))
        .withMessage(
            "Cannot read a line of STS: it has 1 tab-separated fields, expected 3: score, sentence"
                + " 1, sentence 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredPair.ofStsLine("secret\t5\tb"))
        .withMessage(
            "Cannot read a gold score: it is no number (6 characters), expected one such as 3.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredPair.ofStsLine("NaN\ta\tb"))
        .withMessage("Cannot compare with a gold score of NaN: expected a finite number");
  }

  @Test
  void sickColumnsAreFoundByName() {
    String header = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment";
    assertThat(SickFile.isHeader(header)).isTrue();
    assertThat(SickFile.ofHeader(header).pair("1\tA dog runs\tA dog sleeps\t4.5\tNEUTRAL"))
        .isEqualTo(new ScoredPair(4.5, "A dog runs", "A dog sleeps"));
    assertThat(
            SickFile.ofHeader("relatedness_score\tsentence_B\tsentence_A").pair("2\tsecond\tfirst"))
        .isEqualTo(new ScoredPair(2, "first", "second"));
  }

  @Test
  void sickLineThatDoesNotFitTheHeaderIsRefused() {
    SickFile file = SickFile.ofHeader("relatedness_score\tsentence_B\tsentence_A");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> file.pair("2\ta"))
        .withMessage(
            "Cannot read a line of SICK: it has 2 tab-separated fields, expected 3 as in the"
                + " header");
  }

  @Test
  void sickHeaderWithoutScoresIsRefused() {
    assertThat(SickFile.isHeader("sentence_A\tsentence_B")).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SickFile.ofHeader("sentence_A\tsentence_B"))
        .withMessage(
            "Cannot read a header of SICK: it has no column relatedness_score, expected sentence_A,"
                + " sentence_B and relatedness_score, separated by tabs");
  }
}
