package org.sbertspark.inference;

import org.sbertspark.model.EncoderConfig;

/**
 * The matrix products of an encoder's forward pass; other work is small beside them and not
 * counted, padding neither. A backward pass has twice as many.
 *
 * @param ofAToken floating-point operations for each token, whatever stands beside it
 * @param ofAPair floating-point operations for each pair of tokens of one text, in all attentions
 */
public record EncoderWork(double ofAToken, double ofAPair) {

  /** Of a model that has no products. */
  static final EncoderWork NONE = new EncoderWork(0, 0);

  static EncoderWork of(EncoderConfig config) {
    double hidden = config.hiddenSize();
    double projection =
        config.embeddingSize() == config.hiddenSize() ? 0 : config.embeddingSize() * hidden;
    double layer = 4 * hidden * hidden + 2 * hidden * config.intermediateSize();
    // A multiplication and an addition a weight; an attention has two products of a pair.
    return new EncoderWork(
        2 * (projection + config.layers() * layer), 4 * hidden * config.layers());
  }

  /** Floating-point operations of a text of so many tokens. */
  public double flop(int tokens) {
    return tokens * (ofAToken + tokens * ofAPair);
  }
}
