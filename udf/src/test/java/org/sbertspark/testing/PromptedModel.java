package org.sbertspark.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sbertspark.Golden;

/** A model without Normalize, with prompts of which {@code document} is the default. */
public final class PromptedModel {
  private PromptedModel() {}

  public static void write(Path folder) throws IOException {
    Folders.copy(Golden.read("distilbert-max-dense-tanh").folder(), folder);
    Files.writeString(
        folder.resolve("config_sentence_transformers.json"),
        """
        {"prompts": {"query": "query: ", "document": "document: "},
         "default_prompt_name": "document"}
        """);
  }
}
