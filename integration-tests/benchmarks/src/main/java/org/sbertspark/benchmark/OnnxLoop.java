package org.sbertspark.benchmark;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.sbertspark.inference.BatchPlanner;
import org.sbertspark.inference.EncodingStats;

/**
 * What a good engineer writes around ONNX Runtime by hand: texts tokenised at once, sorted by
 * length, cut into the cheapest batches in padding and number, which threads draw from one queue;
 * one intra-op thread each; all graph optimisations.
 */
final class OnnxLoop implements AutoCloseable {
  /** RoBERTa's: positions begin behind it. */
  private static final int PAD = 1;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final HuggingFaceTokenizer tokenizer;
  private final OrtSession session;
  private final int tokenBudget;
  private final Threads threads;

  OnnxLoop(Path model, Path tokenizerJson, int maxSeqLength, int tokenBudget, Threads threads)
      throws IOException, OrtException {
    tokenizer =
        HuggingFaceTokenizer.builder()
            .optTokenizerPath(tokenizerJson)
            .optTruncation(true)
            .optMaxLength(maxSeqLength)
            .optPadding(false)
            .build();
    try (SessionOptions options = new SessionOptions()) {
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      // Each calling thread computes by itself.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      session = environment.createSession(model.toString(), options);
    }
    this.tokenBudget = tokenBudget;
    this.threads = threads;
  }

  /** Vectors in the texts' order, and what was computed. */
  record Result(float[][] vectors, EncodingStats stats) {}

  Result run(List<String> texts) throws Exception {
    long[][] ids = new long[texts.size()][];
    threads.run(
        IntStream.range(0, threads.count())
            .mapToObj(
                thread ->
                    (Callable<Void>)
                        () -> {
                          for (int i = thread; i < ids.length; i += threads.count()) {
                            ids[i] = tokenizer.encode(texts.get(i).strip()).getIds();
                          }
                          return null;
                        })
            .toList());
    float[][] vectors = new float[ids.length][];
    List<Callable<EncodingStats>> batches = new ArrayList<>();
    int[] lengths = Arrays.stream(ids).mapToInt(text -> text.length).toArray();
    for (int[] places : BatchPlanner.padded(lengths, tokenBudget)) {
      batches.add(() -> batch(ids, places, vectors));
    }
    EncodingStats sum = EncodingStats.NONE;
    for (EncodingStats stats : threads.run(batches)) {
      sum = sum.plus(stats);
    }
    return new Result(vectors, sum);
  }

  private EncodingStats batch(long[][] ids, int[] places, float[][] vectors) throws OrtException {
    int rows = places.length;
    int width = ids[places[0]].length;
    LongBuffer tokens = LongBuffer.allocate(rows * width);
    LongBuffer positions = LongBuffer.allocate(rows * width);
    IntBuffer lengths = IntBuffer.allocate(rows);
    FloatBuffer shares = FloatBuffer.allocate(rows * width);
    long useful = 0;
    for (int row = 0; row < rows; row++) {
      long[] text = ids[places[row]];
      for (int i = 0; i < width; i++) {
        boolean real = i < text.length;
        tokens.put(real ? text[i] : PAD);
        positions.put(real ? PAD + 1 + i : PAD);
        shares.put(real ? 1f / text.length : 0);
      }
      lengths.put(text.length);
      useful += text.length;
    }
    long[] shape = {rows, width};
    try (OnnxTensor a = OnnxTensor.createTensor(environment, tokens.flip(), shape);
        OnnxTensor b = OnnxTensor.createTensor(environment, positions.flip(), shape);
        OnnxTensor c = OnnxTensor.createTensor(environment, lengths.flip(), new long[] {rows});
        OnnxTensor d =
            OnnxTensor.createTensor(environment, shares.flip(), new long[] {rows, 1, width});
        OrtSession.Result result =
            session.run(Map.of("ids", a, "positions", b, "lengths", c, "shares", d))) {
      float[][] computed = (float[][]) result.get(0).getValue();
      for (int row = 0; row < rows; row++) {
        vectors[places[row]] = computed[row];
      }
    }
    return new EncodingStats(rows, 0, 0, useful, useful, (long) rows * width, 1);
  }

  /** Of the runtime. */
  String version() {
    return environment.getVersion();
  }

  @Override
  public void close() throws OrtException {
    session.close();
    tokenizer.close();
  }
}
