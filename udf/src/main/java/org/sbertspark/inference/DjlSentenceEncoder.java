package org.sbertspark.inference;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@link SentenceEncoder} over a DJL predictor. */
final class DjlSentenceEncoder implements SentenceEncoder {
  /** As in the reference's normalize. */
  private static final double SMALLEST_NORM = 1e-12;

  private final Predictor<TokenBatch, float[]> predictor;
  private final TextTokenizer tokenizer;
  private final BundleSpec spec;
  private final int maxSeqLength;
  private final EncoderOptions options;
  private final BatchLayout layout;
  private final HalvingPass pass;

  /** Tokens at the start that are not pooled: the prompt's, where the model says so. */
  private final long skippedTokens;

  private boolean closed;

  DjlSentenceEncoder(
      Model model,
      TextTokenizer tokenizer,
      BundleSpec spec,
      int maxSeqLength,
      EncoderOptions options,
      ComputeDevice device,
      AtomicBoolean toldOfHalvings) {
    this.skippedTokens =
        spec.poolsPrompt() || options.prompt().isEmpty()
            ? 0
            : tokenizer.openingTokens(options.prompt());
    this.tokenizer = tokenizer;
    this.spec = spec;
    this.maxSeqLength = maxSeqLength;
    this.options = options;
    this.layout = BatchLayout.of(spec);
    this.pass =
        new HalvingPass(this::forward, layout, device, options.tokenBudget(), toldOfHalvings);
    // Last: nobody would close it if something else failed.
    this.predictor =
        model.newPredictor(
            spec.ready() == null
                ? new BatchTranslator()
                : new ReadyTranslator(spec.ready(), spec.padTokenId()));
    LoadedModel.OPEN_ENCODERS.incrementAndGet();
  }

  @Override
  public int dimension() {
    return options.truncateDim() == 0 ? spec.model().dimension() : options.truncateDim();
  }

  @Override
  public EncodedTexts encode(List<String> texts) {
    if (closed) {
      throw new IllegalStateException("The encoder is closed");
    }
    Window window = tokenize(texts);
    long[][] sequences = window.sequences.toArray(long[][]::new);
    int[] lengths = Arrays.stream(sequences).mapToInt(s -> s.length).toArray();
    float[][] distinct = new float[sequences.length][];
    long computedBefore = pass.tokens();
    long batchesBefore = pass.batches();
    long halvingsBefore = pass.halvings();
    TorchEngine.useThreads(options.threads());
    for (int[] places : layout.plan(lengths, options.tokenBudget())) {
      float[] vectors = pass.vectors(TokenBatch.of(sequences, places));
      for (int row = 0; row < places.length; row++) {
        distinct[places[row]] = vector(vectors, row);
      }
    }
    return window.result(
        distinct,
        lengths,
        pass.tokens() - computedBefore,
        pass.batches() - batchesBefore,
        pass.halvings() - halvingsBefore);
  }

  /** The row's vector as asked for. */
  private float[] vector(float[] vectors, int row) {
    int begin = row * spec.model().dimension();
    float[] vector = Arrays.copyOfRange(vectors, begin, begin + dimension());
    if (options.normalize()) {
      double squares = 0;
      for (float component : vector) {
        squares += (double) component * component;
      }
      float norm = (float) Math.max(Math.sqrt(squares), SMALLEST_NORM);
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= norm;
      }
    }
    return vector;
  }

  private Window tokenize(List<String> texts) {
    Window window = new Window(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      String canonical = tokenizer.canonical(options.prompt() + texts.get(i));
      Integer known = window.places.get(canonical);
      if (known == null) {
        known = window.sequences.size();
        window.places.put(canonical, known);
        long[] ids = ids(canonical);
        window.sequences.add(tokenizer.truncate(ids, maxSeqLength));
        window.cut.add(ids.length > maxSeqLength);
      }
      window.placeOf[i] = known;
    }
    return window;
  }

  private long[] ids(String canonical) {
    try {
      return tokenizer.ids(canonical, maxSeqLength);
    } catch (RuntimeException e) {
      // Without the tokenizer's own message, which may quote the text.
      throw new EncodingException(
          "The tokenizer failed on a text of %d characters (%s)"
              .formatted(canonical.length(), e.getClass().getSimpleName()),
          null);
    }
  }

  private float[] forward(TokenBatch batch) {
    if (Thread.currentThread().isInterrupted()) {
      throw new EncodingException("Interrupted before a batch of %s".formatted(size(batch)), null);
    }
    try {
      return predictor.predict(batch);
    } catch (TranslateException | RuntimeException e) {
      throw new EncodingException(
          "The engine failed on a batch of %s: %s"
              .formatted(size(batch), EncodingException.reason(e)),
          e);
    }
  }

  private static String size(TokenBatch batch) {
    return "%d texts, %d tokens in the longest".formatted(batch.rows(), batch.longest());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      predictor.close();
      LoadedModel.OPEN_ENCODERS.decrementAndGet();
    }
  }

  /** Distinct texts of one call, and which text is which. */
  private static final class Window {
    private final Map<String, Integer> places = new HashMap<>();
    private final List<long[]> sequences = new ArrayList<>();
    private final List<Boolean> cut = new ArrayList<>();
    private final int[] placeOf;

    Window(int texts) {
      placeOf = new int[texts];
    }

    EncodedTexts result(
        float[][] distinct, int[] lengths, long computedTokens, long batches, long halvings) {
      float[][] vectors = new float[placeOf.length][];
      int[] tokenCounts = new int[placeOf.length];
      boolean[] truncated = new boolean[placeOf.length];
      long truncatedTexts = 0;
      for (int i = 0; i < placeOf.length; i++) {
        vectors[i] = distinct[placeOf[i]];
        tokenCounts[i] = lengths[placeOf[i]];
        truncated[i] = cut.get(placeOf[i]);
        truncatedTexts += truncated[i] ? 1 : 0;
      }
      EncodingStats stats =
          new EncodingStats(
              placeOf.length,
              truncatedTexts,
              placeOf.length - distinct.length,
              Arrays.stream(tokenCounts).asLongStream().sum(),
              Arrays.stream(lengths).asLongStream().sum(),
              computedTokens,
              batches,
              halvings);
      return new EncodedTexts(vectors, tokenCounts, truncated, stats);
    }
  }

  /** A batch to the program's three inputs, its output {@code [rows, dimension]} to one array. */
  private final class BatchTranslator implements Translator<TokenBatch, float[]> {

    @Override
    public NDList processInput(TranslatorContext context, TokenBatch batch) {
      NDManager manager = context.getNDManager();
      return new NDList(
          manager.create(batch.ids()),
          manager.create(batch.lengths()),
          manager.create(skippedTokens));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList output) {
      return output.singletonOrThrow().toFloatArray();
    }

    @Override
    public Batchifier getBatchifier() {
      return null; // A batch arrives as a batch.
    }
  }
}
