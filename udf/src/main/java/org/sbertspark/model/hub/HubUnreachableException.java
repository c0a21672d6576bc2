package org.sbertspark.model.hub;

import org.sbertspark.model.ModelException;

/** The hub did not give an answer, though it was asked again and again. */
final class HubUnreachableException extends ModelException {
  private static final long serialVersionUID = 1L;

  HubUnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
