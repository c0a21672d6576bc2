package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ClusterCountTest {

  @Test
  void aNumberIsItself() {
    assertThat(ClusterCount.parse("12")).isEqualTo(ClusterCount.exactly(12));
    assertThat(ClusterCount.parse("12").json()).isEqualTo(12);
  }

  @Test
  void aShortRangeIsTriedAsAWhole() {
    assertThat(ClusterCount.parse("auto:4..8").candidates(1000)).containsExactly(4, 5, 6, 7, 8);
  }

  @Test
  void aLongRangeIsTriedInLikeProportionsWithBothEnds() {
    assertThat(ClusterCount.parse("auto:2..50").candidates(1000))
        .hasSizeLessThanOrEqualTo(ClusterCount.MAX_CANDIDATES)
        .startsWith(2, 3)
        .endsWith(37, 50)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  @Test
  void noCandidateIsAboveTheLimit() {
    assertThat(ClusterCount.parse("auto").candidates(3)).containsExactly(2, 3);
    assertThat(ClusterCount.parse("auto:4..8").candidates(3)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "many", "auto:", "auto:4", "auto:4-8", "1e3", "99999999999"})
  void otherWordsAreRefused(String text) {
    assertThatThrownBy(() -> ClusterCount.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("expected a number, auto, or auto:FROM..TO, but was '%s'".formatted(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto:1..5", "auto:9..5", "1", "-3"})
  void fewerThanTwoOrAnEmptyRangeIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClusterCount.parse(text).validate())
        .withMessageStartingWith("--k is " + text + ", expected ");
  }
}
