package org.sbertspark.inference;

import java.util.List;

/**
 * Texts in, vectors out. An encoder belongs to one thread at a time; many may share one loaded
 * model (see {@link SharedModels}). Closing it frees what is its own, never the model.
 */
public interface SentenceEncoder extends AutoCloseable {

  /** The length of every vector. */
  int dimension();

  /**
   * Encodes texts; row {@code i} of the result belongs to text {@code i}.
   *
   * <p>The texts are tokenised once, equal ones are computed once (and share one array), the others
   * are sorted by length and cut into batches under the token budget. The vector of a text does not
   * depend on its neighbours beyond 1e-6 of its norm (float32).
   *
   * @param texts no nulls; an empty text is a text; an empty list gives an empty result
   * @throws EncodingException if the engine fails; the message never quotes a text
   */
  EncodedTexts encode(List<String> texts);

  @Override
  void close();
}
