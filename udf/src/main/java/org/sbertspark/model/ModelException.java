package org.sbertspark.model;

/**
 * A model cannot be read, compiled or loaded, and the user can mend it. The message is one line:
 * what was tried, the value, what was expected, what to do.
 */
public class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
