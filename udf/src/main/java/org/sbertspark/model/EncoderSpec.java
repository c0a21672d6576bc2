package org.sbertspark.model;

/** The first module: what turns token ids into token vectors. */
public sealed interface EncoderSpec permits EncoderConfig, StaticEmbedding {

  /** The {@code model_type} of config.json, or {@code static}. */
  String modelType();

  /** The length of a token's vector. */
  int hiddenSize();

  /**
   * The id of padding: behind the last token of a shorter sequence where a program wants rows of
   * equal length, and what RoBERTa's positions leave out.
   */
  int padTokenId();

  /** The longest sequence that can be encoded, special tokens included. */
  int positionCapacity();

  /** Whether special tokens are put around each text, and white space around it is taken off. */
  boolean framesTexts();
}
