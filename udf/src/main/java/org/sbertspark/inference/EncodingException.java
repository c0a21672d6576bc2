package org.sbertspark.inference;

/** The engine failed on a batch. The message has sizes and the engine's reason, never a text. */
public class EncodingException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_REASON = 300;

  public EncodingException(String message, Throwable cause) {
    super(message, cause);
  }

  /** An engine's message on one line, without the native stack that follows it. */
  static String reason(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String line = message.replaceAll("\\s+", " ").strip();
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
  }
}
