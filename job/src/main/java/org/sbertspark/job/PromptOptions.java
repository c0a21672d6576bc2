package org.sbertspark.job;

import org.sbertspark.inference.ModelBundle;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Option;

/** What stands in front of every text. */
final class PromptOptions {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = {
        "Text in front of every text; \"\" for none.",
        "Default: the model's default prompt, if it has one; for queries that of the name query."
      })
  private String prompt;

  @Option(
      names = "--prompt-name",
      paramLabel = "NAME",
      description = "The model's prompt of this name, such as query, in front of every text.")
  private String promptName;

  void validate() {
    Arguments.require(
        prompt == null || promptName == null, "--prompt-name", promptName, "no --prompt beside it");
  }

  boolean given() {
    return prompt != null || promptName != null;
  }

  /** Lets the stage use the prompt, if one is given. */
  void set(SentenceEmbedder embedder) {
    if (given()) {
      embedder.clear(embedder.promptName());
    }
    if (prompt != null) {
      embedder.setPrompt(prompt);
    }
    if (promptName != null) {
      embedder.setPromptName(promptName);
    }
  }

  /**
   * What stands in front of every text; empty for nothing.
   *
   * @throws IllegalArgumentException if the model has no prompt of the name
   */
  String of(ModelBundle bundle) {
    if (prompt != null) {
      return prompt;
    }
    return promptName == null ? bundle.defaultPrompt() : bundle.prompt(promptName);
  }
}
