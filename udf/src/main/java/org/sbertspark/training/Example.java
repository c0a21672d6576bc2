package org.sbertspark.training;

import java.util.List;

/**
 * One example: an anchor, a text that means the same, and any number of hard negatives.
 *
 * @param texts at least two, none null
 */
public record Example(List<String> texts) {
  public Example {
    texts = List.copyOf(texts);
    if (texts.size() < 2) {
      throw new IllegalArgumentException(
          "An example has %d texts, expected an anchor and a positive at least"
              .formatted(texts.size()));
    }
  }
}
