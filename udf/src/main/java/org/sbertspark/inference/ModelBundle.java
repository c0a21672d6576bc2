package org.sbertspark.inference;

import java.nio.file.Path;

/**
 * A compiled model as one file: weights, programs, tokenizer, specification, golden texts. It is
 * what travels to executors and into saved pipelines. Immutable; the object holds only the
 * specification.
 */
public final class ModelBundle {

  /** The ending of a bundle's file name. */
  public static final String FILE_SUFFIX = ".sbert";

  private final Path file;

  private ModelBundle(Path file) {
    this.file = file;
  }

  /**
   * Opens a bundle file and reads its specification.
   *
   * @throws org.sbertspark.model.ModelException if it is no bundle
   */
  public static ModelBundle open(Path file) {
    return new ModelBundle(file);
  }

  /**
   * The bundle of a model folder: from the cache, or compiled into it. Safe when several processes
   * do the same at once. The cache is {@link CacheFolder#get()}.
   *
   * @param folder a sentence-transformers folder
   */
  public static ModelBundle of(Path folder) {
    throw new UnsupportedOperationException();
  }

  public Path file() {
    return file;
  }

  /** The name under which the file travels: unique for model and format version. */
  public String fileName() {
    return file.getFileName().toString();
  }

  /** 64 hexadecimal digits over everything that decides the vectors. */
  public String fingerprint() {
    throw new UnsupportedOperationException();
  }

  public int dimension() {
    throw new UnsupportedOperationException();
  }

  /** Tokens a text may have, special tokens included, as the model says. */
  public int maxSeqLength() {
    throw new UnsupportedOperationException();
  }

  /** The model_type of config.json. */
  public String modelType() {
    throw new UnsupportedOperationException();
  }
}
