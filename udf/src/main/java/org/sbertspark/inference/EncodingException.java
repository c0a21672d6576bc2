package org.sbertspark.inference;

/** The engine failed on a batch. The message has sizes and the engine's reason, never a text. */
public class EncodingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public EncodingException(String message, Throwable cause) {
    super(message, cause);
  }
}
