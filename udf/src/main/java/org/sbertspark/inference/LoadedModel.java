package org.sbertspark.inference;

import ai.djl.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.sbertspark.model.ModelException;

/** A model in memory: one for all threads. Encoders must be closed before it. */
final class LoadedModel implements AutoCloseable {

  /** Encoders of this JVM, over all models, that were opened and not yet closed. */
  static final AtomicInteger OPEN_ENCODERS = new AtomicInteger();

  private final Model model;
  private final TextTokenizer tokenizer;
  private final BundleSpec spec;

  private LoadedModel(Model model, TextTokenizer tokenizer, BundleSpec spec) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.spec = spec;
  }

  /**
   * @param archive a TorchScript archive
   * @throws ModelException if libtorch refuses the archive
   */
  static LoadedModel load(Path archive, byte[] tokenizerJson, BundleSpec spec) {
    Model model = TorchEngine.newModel(spec.model().name());
    try {
      model.load(archive);
      return new LoadedModel(model, TextTokenizer.of(tokenizerJson, spec), spec);
    } catch (IOException | ai.djl.ModelException | RuntimeException e) {
      model.close();
      if (e instanceof ModelException known) {
        throw known;
      }
      throw new ModelException(
          "Cannot load model " + spec.model().name() + ": " + EncodingException.reason(e), e);
    }
  }

  /** For one thread at a time. */
  SentenceEncoder newEncoder(EncoderOptions options) {
    int max = options.maxSeqLength() == 0 ? spec.model().maxSeqLength() : options.maxSeqLength();
    if (max > spec.model().positionCapacity() || max <= tokenizer.specialTokens()) {
      throw new IllegalArgumentException(
          "maxSeqLength is %d, expected %d to %d for model %s"
              .formatted(
                  max,
                  tokenizer.specialTokens() + 1,
                  spec.model().positionCapacity(),
                  spec.model().name()));
    }
    if (options.truncateDim() > spec.model().dimension()) {
      throw new IllegalArgumentException(
          "truncateDim is %d, expected at most %d, the dimension of model %s"
              .formatted(options.truncateDim(), spec.model().dimension(), spec.model().name()));
    }
    return new DjlSentenceEncoder(model, tokenizer, spec, max, options);
  }

  @Override
  public void close() {
    tokenizer.close();
    model.close();
  }
}
