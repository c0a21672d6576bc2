package org.sbertspark.inference;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.sbertspark.model.ModelException;

/** A model in memory: one for all threads. Encoders must be closed before it. */
final class LoadedModel implements AutoCloseable {

  /** Encoders of this JVM, over all models, that were opened and not yet closed. */
  static final AtomicInteger OPEN_ENCODERS = new AtomicInteger();

  private final Model model;
  private final TextTokenizer tokenizer;
  private final BundleSpec spec;
  private final ComputeDevice device;

  /** Whether a lack of memory has been told of: once for all encoders. */
  private final AtomicBoolean toldOfHalvings = new AtomicBoolean();

  private LoadedModel(Model model, TextTokenizer tokenizer, BundleSpec spec, ComputeDevice device) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.spec = spec;
    this.device = device;
  }

  /** As {@link #load(Path, byte[], BundleSpec, ComputeDevice)}, on the CPU. */
  static LoadedModel load(Path archive, byte[] tokenizerJson, BundleSpec spec) {
    return load(archive, tokenizerJson, spec, ComputeDevice.CPU);
  }

  /**
   * @param archive a TorchScript archive
   * @throws ModelException if there is no such device, or if libtorch refuses the archive
   */
  static LoadedModel load(
      Path archive, byte[] tokenizerJson, BundleSpec spec, ComputeDevice device) {
    Model model = TorchEngine.newModel(spec.model().name(), device);
    try {
      // Wherever it was saved, it is read to this device.
      model.load(archive, null, Map.of("mapLocation", "true"));
      return new LoadedModel(model, TextTokenizer.of(tokenizerJson, spec), spec, device);
    } catch (IOException | ai.djl.ModelException | RuntimeException e) {
      model.close();
      if (e instanceof ModelException known) {
        throw known;
      }
      throw new ModelException(
          "Cannot load model %s on %s: %s%s"
              .formatted(
                  spec.model().name(),
                  device,
                  EncodingException.reason(e),
                  EncodingException.isOutOfMemory(e)
                      ? "; " + EncodingException.moreMemory(device)
                      : ""),
          e);
    }
  }

  /** The length of a program's vectors that is not ours: nothing but the program tells. */
  int readyDimension() {
    long[][] letter = {tokenizer.ids("a")};
    try (Predictor<TokenBatch, float[]> predictor =
        model.newPredictor(new ReadyTranslator(spec.ready(), spec.padTokenId()))) {
      return predictor.predict(TokenBatch.of(letter, new int[] {0})).length;
    } catch (TranslateException e) {
      throw new ModelException(
          "Cannot use model " + spec.model().name() + ": " + EncodingException.reason(e), e);
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
    return new DjlSentenceEncoder(model, tokenizer, spec, max, options, device, toldOfHalvings);
  }

  @Override
  public void close() {
    tokenizer.close();
    model.close();
  }
}
