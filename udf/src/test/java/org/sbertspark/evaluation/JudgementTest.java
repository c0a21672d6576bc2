package org.sbertspark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class JudgementTest {

  @Test
  void beirLineHasIdsAndGrade() {
    assertThat(Judgement.ofBeirLine("q 1\td/2\t2\r")).contains(new Judgement("q 1", "d/2", 2));
    assertThat(Judgement.ofBeirLine("q\td\t1.0")).contains(new Judgement("q", "d", 1));
  }

  @Test
  void beirHeaderIsNone() {
    assertThat(Judgement.ofBeirLine("query-id\tcorpus-id\tscore")).isEmpty();
  }

  @Test
  void otherLinesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Judgement.ofBeirLine("q 0 d 1"))
        .withMessage(
            "Cannot read a line of qrels: it has 1 tab-separated fields, expected 3: query-id,"
                + " corpus-id, score");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Judgement.ofBeirLine("q\td\t0.5"))
        .withMessage("Cannot read a grade of 0.5: expected a whole number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Judgement.ofBeirLine("q\t\t1"))
        .withMessage("Cannot read a judgement: the id of its document is empty");
  }
}
