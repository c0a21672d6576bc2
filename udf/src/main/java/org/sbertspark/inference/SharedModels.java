package org.sbertspark.inference;

import java.nio.file.Path;

/**
 * The models of this JVM: each loaded once, when it is first asked for, and shared by all encoders.
 * A failed load is forgotten, so that the next caller tries again. Thread-safe.
 */
public final class SharedModels {
  private SharedModels() {}

  /**
   * A new encoder over the shared model of this bundle; loads it if it is the first.
   *
   * @throws org.sbertspark.model.ModelException if the bundle cannot be loaded, or if this machine
   *     does not compute its golden vectors
   */
  public static SentenceEncoder encoder(Path bundle, EncoderOptions options) {
    throw new UnsupportedOperationException();
  }

  /** How many times a model was loaded in this JVM since it started. */
  public static int loads() {
    throw new UnsupportedOperationException();
  }

  /** Encoders that were opened and not yet closed. */
  public static int openEncoders() {
    throw new UnsupportedOperationException();
  }
}
