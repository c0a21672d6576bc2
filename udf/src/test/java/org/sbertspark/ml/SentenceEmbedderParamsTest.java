package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.ml.param.ParamMap;
import org.junit.jupiter.api.Test;

class SentenceEmbedderParamsTest {

  @Test
  void everyParamIsExplained() {
    SentenceEmbedder embedder = new SentenceEmbedder("e");
    assertThat(embedder.params())
        .extracting(p -> p.name())
        .containsExactlyInAnyOrder(
            "model",
            "inputCol",
            "outputCol",
            "outputType",
            "handleInvalid",
            "tokenBudget",
            "windowRows",
            "maxSeqLength",
            "prompt",
            "promptName",
            "truncateDim",
            "normalize",
            "threads",
            "precision",
            "device",
            "outcomeCol",
            "maxFailures");
    assertThat(embedder.explainParams().lines())
        .hasSize(17)
        .anySatisfy(line -> assertThat(line).startsWith("windowRows: ").endsWith("(default: 2048)"))
        .anySatisfy(line -> assertThat(line).startsWith("model: ").endsWith("(undefined)"));
  }

  @Test
  void settersGiveBackTheStage() {
    SentenceEmbedder embedder = new SentenceEmbedder("e");
    assertThat(
            embedder
                .setModel("m")
                .setInputCol("in")
                .setOutputCol("out")
                .setOutputType("array")
                .setHandleInvalid("skip")
                .setTokenBudget(64)
                .setWindowRows(3)
                .setMaxSeqLength(16)
                .setPrompt("query: ")
                .setPromptName("query")
                .setTruncateDim(64)
                .setNormalize(true)
                .setThreads(2))
        .isSameAs(embedder);
    assertThat(embedder.getModel()).isEqualTo("m");
    assertThat(embedder.getInputCol()).isEqualTo("in");
    assertThat(embedder.getOutputCol()).isEqualTo("out");
    assertThat(embedder.getOutputType()).isEqualTo("array");
    assertThat(embedder.getHandleInvalid()).isEqualTo("skip");
    assertThat(embedder.getTokenBudget()).isEqualTo(64);
    assertThat(embedder.getWindowRows()).isEqualTo(3);
    assertThat(embedder.getMaxSeqLength()).isEqualTo(16);
    assertThat(embedder.getPrompt()).isEqualTo("query: ");
    assertThat(embedder.getPromptName()).isEqualTo("query");
    assertThat(embedder.getTruncateDim()).isEqualTo(64);
    assertThat(embedder.getNormalize()).isTrue();
    assertThat(embedder.getThreads()).isEqualTo(2);
  }

  @Test
  void aWrongValueIsNamedWithWhatWasExpected() {
    SentenceEmbedder embedder = new SentenceEmbedder("e");
    assertThatThrownBy(() -> embedder.setWindowRows(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("windowRows is 0, expected 1 or more");
    assertThatThrownBy(() -> embedder.setMaxSeqLength(-1))
        .hasMessage("maxSeqLength is -1, expected 0 or more");
    assertThatThrownBy(() -> embedder.setOutputType("list"))
        .hasMessage("outputType is \"list\", expected one of vector, array");
    assertThatThrownBy(() -> embedder.setHandleInvalid("drop"))
        .hasMessage("handleInvalid is \"drop\", expected one of keep, skip, error");
    assertThatThrownBy(() -> embedder.setModel(" "))
        .hasMessage("model is \" \", expected text that is not blank");
    assertThatThrownBy(() -> embedder.setPrompt(null))
        .hasMessage("prompt is null, expected text, which may be empty");
    assertThatThrownBy(() -> embedder.setPromptName(""))
        .hasMessage("promptName is \"\", expected text that is not blank");
    assertThatThrownBy(() -> embedder.setTruncateDim(-1))
        .hasMessage("truncateDim is -1, expected 0 or more");
    assertThatThrownBy(() -> new ParamMap().put(embedder.threads(), -2))
        .hasMessage("threads is -2, expected 0 or more");
  }

  @Test
  void aCopyHasTheSameUidAndItsOwnParams() {
    SentenceEmbedder embedder = new SentenceEmbedder("e").setWindowRows(7);
    SentenceEmbedder copy = embedder.copy(new ParamMap().put(embedder.tokenBudget(), 9));
    assertThat(copy.uid()).isEqualTo("e");
    assertThat(copy.getWindowRows()).isEqualTo(7);
    assertThat(copy.getTokenBudget()).isEqualTo(9);
    copy.setWindowRows(8);
    assertThat(embedder.getWindowRows()).isEqualTo(7);
    assertThat(embedder.isSet(embedder.tokenBudget())).isFalse();
  }
}
